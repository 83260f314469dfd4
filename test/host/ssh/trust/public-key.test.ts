import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  readPublicKey,
  signatureHash,
  verifySignature,
  writePublicKey,
} from '../../../../src/host/ssh/trust/public-key.ts'
import { wireReader, wireString } from '../../../../src/host/ssh/trust/wire.ts'

interface Pair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

const pairs: readonly (readonly [type: string, pair: Pair])[] = [
  ['ssh-ed25519', generateKeyPairSync('ed25519')],
  ['ssh-rsa', generateKeyPairSync('rsa', { modulusLength: 1024 })],
  ['ecdsa-sha2-nistp256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ['ecdsa-sha2-nistp384', generateKeyPairSync('ec', { namedCurve: 'P-384' })],
  ['ecdsa-sha2-nistp521', generateKeyPairSync('ec', { namedCurve: 'P-521' })],
]

/** A signature as SSH writes it, with r and s of ECDSA as numbers of varying length. */
function signature(type: string, key: KeyObject, data: Buffer): Buffer {
  const hash = signatureHash(key) ?? null
  if (!type.startsWith('ecdsa')) {
    const name = type === 'ssh-rsa' ? 'rsa-sha2-256' : type
    return Buffer.concat([wireString(name), wireString(sign(hash, data, key))])
  }
  const raw = sign(hash, data, { key, dsaEncoding: 'ieee-p1363' })
  const numbers = [raw.subarray(0, raw.length / 2), raw.subarray(raw.length / 2)].map(number => {
    const short = number.subarray(number.findIndex(byte => byte !== 0))
    return wireString((short[0] ?? 0) > 127 ? Buffer.concat([Buffer.of(0), short]) : short)
  })
  return Buffer.concat([wireString(type), wireString(Buffer.concat(numbers))])
}

describe('a public key', () => {
  it.each(pairs)('a public key of type %s is unchanged after encoding and parsing', (type, { publicKey }) => {
    const blob = writePublicKey(publicKey)
    expect(wireReader(blob).text()).toBe(type)
    expect(readPublicKey(blob).equals(publicKey)).toBe(true)
    expect(writePublicKey(readPublicKey(blob)).equals(blob)).toBe(true)
  })

  it.each(pairs)('a public key of type %s accepts its own signatures only', (type, { publicKey, privateKey }) => {
    for (let round = 0; round < 20; round++) {
      const data = Buffer.from(`data ${round}`)
      const signed = signature(type, privateKey, data)
      expect(verifySignature(publicKey, data, signed)).toBe(true)
      expect(verifySignature(publicKey, Buffer.from('other'), signed)).toBe(false)
    }
  })

  it.each(pairs)('a public key of type %s rejects signatures of another type', (_, { publicKey }) => {
    const data = Buffer.from('data')
    for (const [type, { privateKey }] of pairs.filter(([, pair]) => pair.publicKey !== publicKey))
      expect(verifySignature(publicKey, data, signature(type, privateKey, data))).toBe(false)
  })

  it('an RSA public key rejects signatures with SHA-1', () => {
    const [, rsa] = pairs[1] ?? []
    if (rsa === undefined) throw new Error('no RSA key')
    const data = Buffer.from('data')
    const signed = Buffer.concat([wireString('ssh-rsa'), wireString(sign('sha1', data, rsa.privateKey))])
    expect(verifySignature(rsa.publicKey, data, signed)).toBe(false)
  })

  it.each([
    ['another type', wireString('ssh-dss')],
    ['half a key', Buffer.concat([wireString('ssh-ed25519'), Buffer.of(0, 0, 0, 32, 1)])],
    ['a compressed point', Buffer.concat(['ecdsa-sha2-nistp256', 'nistp256', '\u0002x'].map(wireString))],
    ['empty data', Buffer.of()],
  ])('parsing a public key fails for %s', (_, blob) => {
    expect(() => readPublicKey(blob)).toThrow()
  })
})
