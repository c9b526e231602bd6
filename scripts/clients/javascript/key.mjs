// What both JavaScript clients do to a key before and after they use it.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import {
  KMS, KMSInvalidStateException
} from '@aws-sdk/client-kms'

export const here = 'us-east-1'
export const there = 'eu-west-1'

export const client = (region) => new KMS({ region, endpoint: process.env.KMS_URL })

export const settled = async (kms, KeyId, state) => {
  let found
  for (let i = 0; i < 60; i++) {
    found = (await kms.describeKey({ KeyId })).KeyMetadata.KeyState
    if (found === state) return
    await wait(500)
  }
  assert.fail(`${KeyId} is ${found}, want ${state}`)
}

// create makes a key with a replica and an alias in both Regions.
export const create = async (alias) => {
  const [a, b] = [client(here), client(there)]
  const { KeyMetadata } = await a.createKey({ MultiRegion: true })
  const KeyId = KeyMetadata.KeyId
  assert.ok(KeyMetadata.CreationDate instanceof Date)
  await a.replicateKey({ KeyId, ReplicaRegion: there })
  await settled(b, KeyId, 'Enabled')
  for (const kms of [a, b]) await kms.createAlias({ AliasName: alias, TargetKeyId: KeyId })
  return { a, b, KeyId, arn: KeyMetadata.Arn }
}

// promote makes the other member the primary, which a replica can't do itself.
export const promote = async ({ a, b, KeyId }) => {
  await assert.rejects(b.updatePrimaryRegion({ KeyId, PrimaryRegion: there }), KMSInvalidStateException)
  await a.updatePrimaryRegion({ KeyId, PrimaryRegion: there })
  await settled(b, KeyId, 'Enabled')
  await settled(a, KeyId, 'Enabled')
  const { KeyMetadata } = await b.describeKey({ KeyId })
  assert.equal(KeyMetadata.MultiRegionConfiguration.MultiRegionKeyType, 'PRIMARY')
}

// rotate waits, in the world's time, until the new key material is used.
export const rotate = async ({ b, KeyId }) => {
  await b.rotateKeyOnDemand({ KeyId })
  execFileSync(process.env.MRKCTL, ['sim', 'advance', '15m'], { stdio: 'inherit' })
  const { Rotations } = await b.listKeyRotations({ KeyId })
  assert.equal(Rotations.length, 1)
}

export const remove = async ({ a, b, KeyId }, alias) => {
  for (const kms of [a, b]) {
    await kms.deleteAlias({ AliasName: alias })
    await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
  }
  assert.equal((await b.describeKey({ KeyId })).KeyMetadata.KeyState, 'PendingReplicaDeletion')
}
