import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { certificateFault, parseSshCertificate } from '../../../../src/host/ssh/trust/host-certificate.ts'
import { writePublicKey } from '../../../../src/host/ssh/trust/public-key.ts'
import { wireReader, wireString } from '../../../../src/host/ssh/trust/wire.ts'

const authority = generateKeyPairSync('ed25519')
const host = generateKeyPairSync('ed25519')
const now = new Date('2026-01-02T03:04:05Z')
const demands = { name: 'node1', now, signatures: ['ssh-ed25519'] }

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function uint64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(value)
  return bytes
}

const seconds = (date: Date) => BigInt(date.getTime() / 1000)

interface Parts {
  readonly kind?: number
  readonly names?: readonly string[]
  readonly after?: bigint
  readonly before?: bigint
  readonly critical?: readonly string[]
}

function certificate({
  kind = 2,
  names = ['node1'],
  after = 0n,
  before = 2n ** 64n - 1n,
  critical = [],
}: Parts = {}): Buffer {
  const list = (items: readonly string[]) => wireString(Buffer.concat(items.map(wireString)))
  const key = wireReader(writePublicKey(host.publicKey))
  key.text()
  const signed = Buffer.concat([
    ...[wireString('ssh-ed25519-cert-v01@openssh.com'), wireString('nonce'), wireString(key.string()), uint64(7n)],
    ...[uint32(kind), wireString('id'), list(names), uint64(after), uint64(before)],
    ...[list(critical), wireString(''), wireString(''), wireString(writePublicKey(authority.publicKey))],
  ])
  const value = sign(null, signed, authority.privateKey)
  return Buffer.concat([signed, wireString(Buffer.concat([wireString('ssh-ed25519'), wireString(value)]))])
}

describe('parseSshCertificate', () => {
  it('parseSshCertificate returns the certified key and the fields of the certificate', () => {
    const blob = certificate({ names: ['node1', '*.lab'], after: 10n, before: 20n, critical: ['a', 'x', 'b', 'y'] })
    const read = parseSshCertificate(blob)
    expect(Buffer.from(read.key).equals(writePublicKey(host.publicKey))).toBe(true)
    expect(Buffer.from(read.authority).equals(writePublicKey(authority.publicKey))).toBe(true)
    expect(read).toMatchObject({ keyType: 'ssh-ed25519', kind: 'host', id: 'id', principals: ['node1', '*.lab'] })
    expect([read.validAfter.getTime(), read.validBefore.getTime()]).toEqual([10_000, 20_000])
    expect(read.critical).toEqual(['a', 'b'])
  })

  it('parseSshCertificate throws for truncated data and data that is not a certificate', () => {
    const blob = certificate()
    for (let length = 0; length < blob.length; length++)
      expect(() => parseSshCertificate(blob.subarray(0, length))).toThrow()
    expect(() => parseSshCertificate(writePublicKey(host.publicKey))).toThrow('ssh-ed25519 is not a type')
    expect(() => parseSshCertificate(certificate({ kind: 3 }))).toThrow('3 is not a kind')
  })
})

describe('certificateFault', () => {
  it.each<[string, Parts]>([
    ['for that name', {}],
    ['for a pattern', { names: ['other', 'node?'] }],
    ['for every name', { names: [] }],
    ['valid from this very second', { after: seconds(now), before: seconds(now) + 1n }],
  ])('certificateFault accepts a certificate %s', (_, parts) => {
    expect(certificateFault(parseSshCertificate(certificate(parts)), demands)).toBeUndefined()
  })

  it.each<[string, Parts]>([
    ['it is for other, not for node1', { names: ['other'] }],
    ['it is valid from 2026-01-02T03:04:06.000Z only', { after: seconds(now) + 1n }],
    ['it expired on 2026-01-02T03:04:05.000Z', { before: seconds(now) }],
    ['it is a user certificate, not a host certificate', { kind: 1 }],
    ['it has unsupported critical options: moon', { critical: ['moon', 'full'] }],
  ])('certificateFault reports that %s', (fault, parts) => {
    expect(certificateFault(parseSshCertificate(certificate(parts)), demands)).toBe(fault)
  })

  it('certificateFault detects each byte that was changed after signing', () => {
    const blob = certificate()
    const read = parseSshCertificate(blob)
    for (let at = 0; at < read.signed.length; at++) {
      const signed = Buffer.from(read.signed)
      signed[at] = (signed[at] ?? 0) ^ 1
      expect(certificateFault({ ...read, signed }, demands)).toContain('its signature is not that of SHA256:')
    }
  })

  it('certificateFault rejects a signature type that is not allowed', () => {
    const fault = certificateFault(parseSshCertificate(certificate()), { ...demands, signatures: ['rsa-sha2-512'] })
    expect(fault).toBe('its signature is of the type ssh-ed25519, which is not allowed')
  })
})
