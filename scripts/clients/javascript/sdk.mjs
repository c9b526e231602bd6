// The life of a multi-Region key with the AWS SDK for JavaScript.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { create, promote, remove, rotate } from './key.mjs'

const alias = 'alias/client-javascript'
const key = await create(alias)
const EncryptionContext = { client: 'javascript' }
const { CiphertextBlob } = await key.a.encrypt({ KeyId: alias, Plaintext: Buffer.from('from JavaScript'), EncryptionContext })
const opened = async (kms) => {
  const { Plaintext } = await kms.decrypt({ CiphertextBlob, EncryptionContext })
  assert.equal(Buffer.from(Plaintext).toString(), 'from JavaScript')
}
await opened(key.b)
await promote(key)
await rotate(key)
await opened(key.a)
await opened(key.b)
await remove(key, alias)
const { version } = JSON.parse(readFileSync(new URL('node_modules/@aws-sdk/client-kms/package.json', import.meta.url)))
console.log('client-kms', version)
