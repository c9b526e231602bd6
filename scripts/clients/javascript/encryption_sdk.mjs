// The AWS Encryption SDK with its keyrings for multi-Region keys: what is
// encrypted under the member in one Region is decrypted in the other with
// nothing but the member there.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import {
  AwsKmsMrkAwareSymmetricDiscoveryKeyringNode, AwsKmsMrkAwareSymmetricKeyringNode, buildClient, CommitmentPolicy
} from '@aws-crypto/client-node'
import { client, create, here, promote, remove, rotate, there } from './key.mjs'

const alias = 'alias/client-encryption-sdk'
const { encrypt, decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
const key = await create(alias)
const arnThere = key.arn.replace(`:${here}:`, `:${there}:`)

const keyringHere = new AwsKmsMrkAwareSymmetricKeyringNode({ client: client(here), keyId: key.arn })
const keyringThere = new AwsKmsMrkAwareSymmetricKeyringNode({ client: client(there), keyId: arnThere })
const discovery = new AwsKmsMrkAwareSymmetricDiscoveryKeyringNode({
  client: client(there),
  discoveryFilter: { accountIDs: ['111122223333'], partition: 'aws' }
})

const seal = async (text) => (await encrypt(keyringHere, Buffer.from(text), { encryptionContext: { client: 'encryption-sdk' } })).result
const opens = async (keyring, sealed, text) => {
  const { plaintext } = await decrypt(keyring, sealed)
  assert.equal(plaintext.toString(), text)
}

const before = await seal('sealed in us-east-1')
await opens(keyringThere, before, 'sealed in us-east-1')
await opens(discovery, before, 'sealed in us-east-1')
await promote(key)
await rotate(key)
const after = await seal('sealed after the rotation')
await opens(keyringThere, before, 'sealed in us-east-1')
await opens(keyringThere, after, 'sealed after the rotation')
await remove(key, alias)
const { version } = JSON.parse(readFileSync(new URL('node_modules/@aws-crypto/client-node/package.json', import.meta.url)))
console.log('client-node', version)
