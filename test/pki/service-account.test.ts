import { expect, it } from 'vitest'
import { decideServiceAccountReuse } from '../../src/pki/service-account.ts'
import { oracleText } from './oracle.ts'

const paths = { keyPath: 'sa.key', publicKeyPath: 'sa.pub' }
const key = oracleText('RSA-2048/sa.key')
const publicKey = oracleText('RSA-2048/sa.pub')
const other = oracleText('ECDSA-P256/sa.pub')

it('a service account key that does not exist is created', () => {
  expect(decideServiceAccountReuse(paths)).toEqual({ action: 'create' })
})

it.each([
  ['both files', { key, publicKey }, false, 0],
  ['several public keys of which one fits', { key, publicKey: other + publicKey }, false, 0],
  ['a key alone', { key }, true, 0],
  ['a public key that does not fit', { key, publicKey: other }, false, 1],
  ['a public key that cannot be read', { key, publicKey: 'junk' }, false, 1],
])('a service account key is kept with %s', (_, found, publicKeyMissing, warnings) => {
  const kept = decideServiceAccountReuse({ ...paths, ...found })
  expect(kept).toMatchObject({ action: 'keep', publicKeyMissing })
  expect(kept.action === 'keep' && kept.warnings).toHaveLength(warnings)
})

it.each([
  ['a public key alone', { publicKey }, 'sa.pub is there but sa.key is missing'],
  ['a key that cannot be read', { key: 'junk', publicKey }, 'sa.key holds no private key'],
])('a service account key is rejected with %s', (_, found, message) => {
  const thrown = expect.objectContaining({ code: 'CERT_INVALID', message: expect.stringContaining(message) })
  expect(() => decideServiceAccountReuse({ ...paths, ...found })).toThrow(thrown)
})
