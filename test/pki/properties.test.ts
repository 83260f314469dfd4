import { createPublicKey } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isKadmError } from '../../src/errors/kadm-error.ts'
import { parseCertificate, parseCertificates } from '../../src/pki/certificate.ts'
import { certificateProblems } from '../../src/pki/certificate-problems.ts'
import { issue } from '../../src/pki/issue.ts'
import { issueRenewed } from '../../src/pki/issue-from-table.ts'
import { encodePem } from '../../src/pki/pem.ts'
import { type Asked, anyAsked, signingWith } from './arbitraries.ts'
import { allAlgorithms } from './oracle.ts'

/** The organizations of a subject are a set: DER orders them. */
function sorted({ subject, ...rest }: Asked) {
  return { ...rest, subject: { ...subject, organizations: [...subject.organizations].sort() } }
}

function partsOf(pem: string): Asked {
  const { subject, usages, sans, isCa, serial, notBefore, notAfter } = parseCertificate(pem)
  return { subject, usages, sans, ca: isCa, serial: BigInt(`0x${serial}`), notBefore, notAfter }
}

describe.each(allAlgorithms)('certificates with %s keys', algorithm => {
  it(`a certificate with a key of ${algorithm} holds exactly the subject, names, usages and dates that it is issued for`, async () => {
    const { issuer, key } = await signingWith(algorithm)
    fc.assert(
      fc.property(anyAsked, asked => {
        const made = issue({ ...asked, key, issuer })
        expect(sorted(partsOf(made.pem))).toEqual(sorted(asked))
        expect(made.issuer).toEqual(issuer.certificate.subject)
        expect(made.publicKey.equals(createPublicKey(key))).toBe(true)
        expect(made.x509.verify(issuer.certificate.publicKey)).toBe(true)
        for (const ip of asked.sans.ips) expect(made.x509.checkIP(ip)).toBe(ip)
      }),
      { numRuns: algorithm.startsWith('RSA') ? 50 : 200 },
    )
  })
})

it('a renewed certificate has the subject, names and usages of the existing one', async () => {
  const { issuer, key } = await signingWith('ECDSA-P256')
  const startedAt = new Date('2026-11-30T12:00:00Z')
  fc.assert(
    fc.property(anyAsked, fc.integer({ min: 1, max: 292 * 365 }), (asked, days) => {
      const old = issue({ ...asked, ca: false, key, issuer })
      const validityMs = days * 24 * 3_600_000
      const renewed = issueRenewed(old, { key, issuer, startedAt, validityMs })
      const { subject, sans, usages, notAfter } = renewed
      expect({ subject, sans, usages }).toEqual({ subject: old.subject, sans: old.sans, usages: old.usages })
      expect(notAfter.getTime()).toBe(startedAt.getTime() + validityMs)
    }),
  )
})

it('a certificate with damaged bytes is read or rejected with CERT_INVALID, and never breaks the check', async () => {
  const { issuer, key } = await signingWith('ECDSA-P256')
  const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(anyAsked, damage, (asked, changes) => {
      const der = Buffer.from(issue({ ...asked, sans: { dns: ['a.test'], ips: ['::1'] }, key, issuer }).der)
      for (const [at, byte] of changes) der[at % der.length] = byte
      try {
        const [leaf] = parseCertificates(encodePem('CERTIFICATE', der))
        certificateProblems(leaf, { cas: [issuer.certificate] }, new Date())
      } catch (error) {
        if (!isKadmError(error, 'CERT_INVALID')) throw error
      }
    }),
    { numRuns: 500 },
  )
})
