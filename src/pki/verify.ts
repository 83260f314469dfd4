import type { KeyObject } from 'node:crypto'
import type { Certificate } from './certificate.ts'

/** Whether a certificate is trusted, and if not, the reason as a clause that follows its name. */
export type ChainVerdict = { readonly valid: true } | ({ readonly valid: false } & CertificateFault)

export interface CertificateFault {
  /** A clause that follows the name of the certificate. */
  readonly reason: string
  /** It, or the CA that signed it, is valid only later: the clock may be wrong. */
  readonly notYetValid: boolean
}

/** Verifies dates, signatures and CA flags from a certificate up to one of the CAs. */
export function verifySignedBy(
  leaf: Certificate,
  cas: readonly Certificate[],
  now: Date,
  intermediates: readonly Certificate[] = [],
): ChainVerdict {
  const dates = periodFault(leaf, now)
  if (dates !== undefined) return { valid: false, ...dates }
  const faults = [...cas, ...intermediates].flatMap(ca => {
    if (!signs(ca, leaf)) return []
    const fault = caFault(ca, now)
    if (fault !== undefined || cas.includes(ca)) return [fault]
    const above = verifySignedBy(
      ca,
      cas,
      now,
      intermediates.filter(other => other !== ca),
    )
    return [above.valid ? undefined : signedBy(ca, above)]
  })
  if (faults.includes(undefined)) return { valid: true }
  return { valid: false, ...(faults[0] ?? { reason: notSigned(leaf, cas), notYetValid: false }) }
}

/** Returns why a certificate is not valid at this time; undefined if it is. */
export function periodFault(certificate: Certificate, now: Date): CertificateFault | undefined {
  const { notBefore, notAfter } = certificate
  if (now < notBefore) return { reason: `is not valid before ${notBefore.toISOString()}`, notYetValid: true }
  return now > notAfter ? { reason: `expired on ${notAfter.toISOString()}`, notYetValid: false } : undefined
}

/** True if the private key belongs to the certificate. */
export function matchesKey(certificate: Certificate, key: KeyObject): boolean {
  return certificate.x509.checkPrivateKey(key)
}

/** Compares name and signature, as Go does. OpenSSL would also compare key identifiers and usages. */
export function signs(ca: Certificate, leaf: Certificate): boolean {
  return leaf.issuerDer.equals(ca.subjectDer) && leaf.x509.verify(ca.publicKey)
}

function caFault(ca: Certificate, now: Date): CertificateFault | undefined {
  const fault = ca.isCa ? periodFault(ca, now) : { reason: 'is not a CA certificate', notYetValid: false }
  return fault && signedBy(ca, fault)
}

function signedBy(ca: Certificate, { reason, notYetValid }: CertificateFault): CertificateFault {
  return { reason: `was signed by "${ca.subject.commonName}", which ${reason}`, notYetValid }
}

function notSigned(leaf: Certificate, cas: readonly Certificate[]): string {
  const names = cas.map(ca => `"${ca.subject.commonName}"`).join(', ')
  const other = leaf.issuer.commonName
  const sameName = cas.some(ca => ca.subject.commonName === other)
  return `was not signed by the CA ${names} but by ${sameName ? 'another CA of that name' : `"${other}"`}`
}
