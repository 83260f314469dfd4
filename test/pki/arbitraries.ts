import type { KeyObject } from 'node:crypto'
import { domainToASCII } from 'node:url'
import fc from 'fast-check'
import type { EncryptionAlgorithm } from '../../src/cluster/spec.ts'
import { type AltNames, altNames } from '../../src/pki/alt-names.ts'
import type { Usage } from '../../src/pki/extensions.ts'
import { type CertificateRequest, type Issuer, issue } from '../../src/pki/issue.ts'
import { generateKey } from '../../src/pki/keys.ts'

/** What a certificate holds apart from keys. */
export type Asked = Omit<CertificateRequest, 'key' | 'issuer' | 'serial'> & { readonly serial: bigint }

/** Two keys of one algorithm, and a CA that has the first one. */
export interface Signing {
  readonly issuer: Issuer
  readonly key: KeyObject
}

const text = fc.string({ unit: 'grapheme', maxLength: 64 })
const usages: readonly Usage[] = ['serverAuth', 'clientAuth']

/** Host names, wildcards, and names outside ASCII as DNS writes them. */
const label = fc.string({ unit: 'grapheme-composite', minLength: 1, maxLength: 12 })
const international = fc
  .tuple(label, fc.domain())
  .map(([first, rest]) => domainToASCII(`${first}.${rest}`))
  .filter(
    name => /^xn--/.test(name) && name.split('.').every(part => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(part)),
  )
const dnsName = fc
  .oneof(
    fc.domain(),
    fc.domain().map(name => `*.${name}`),
    international,
  )
  .filter(name => name.length <= 253)
const address = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.ipV4().map(ip => `::ffff:${ip}`),
)

/** Up to 200 names and addresses of servers. */
export const anyNames = fc.array(fc.oneof(dnsName, address), { maxLength: 200, size: 'max' })
const anyAltNames: fc.Arbitrary<AltNames> = anyNames.map(altNames)

/** Whole seconds of the years that UTCTime or GeneralizedTime can hold. */
const moment = fc
  .date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
  .map(date => new Date(Math.floor(date.getTime() / 1000) * 1000))
const aroundEncodings = fc.constantFrom(
  ...['1949-12-31T23:59:59Z', '1950-01-01T00:00:00Z', '1969-12-31T23:59:59Z', '2049-12-31T23:59:59Z'],
  ...['2050-01-01T00:00:00Z', '2100-02-28T23:59:59Z', '9999-12-31T23:59:59Z'],
)
const anyTime = fc.oneof(
  moment,
  aroundEncodings.map(at => new Date(at)),
)

/** Any certificate that can be asked for. The validity starts before it ends. */
export const anyAsked: fc.Arbitrary<Asked> = fc
  .record({
    subject: fc.record({ commonName: text, organizations: fc.array(text, { maxLength: 5 }) }),
    usages: fc.subarray([...usages]),
    sans: anyAltNames,
    ca: fc.boolean(),
    serial: fc.bigInt(1n, (1n << 159n) - 1n),
    dates: fc.tuple(anyTime, anyTime),
  })
  .map(({ dates: [one, other], ...rest }) => ({
    ...rest,
    notBefore: one < other ? one : other,
    notAfter: one < other ? other : one,
  }))

/** Generates a CA with this algorithm, and a key for the certificates that it signs. */
export async function signingWith(algorithm: EncryptionAlgorithm): Promise<Signing> {
  const [caKey, key] = await Promise.all([generateKey(algorithm), generateKey(algorithm)])
  const certificate = issue({
    subject: { commonName: 'kubernetes', organizations: [] },
    usages: [],
    sans: altNames(['kubernetes']),
    ca: true,
    key: caKey,
    notBefore: new Date('2026-01-01T00:00:00Z'),
    notAfter: new Date('2036-01-01T00:00:00Z'),
  })
  return { issuer: { certificate, key: caKey }, key }
}
