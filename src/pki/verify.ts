import type { KeyObject } from 'node:crypto'
import type { Certificate } from './certificate.ts'

/** Whether a certificate can be trusted, and if not, why: a clause that follows its name. */
export type ChainVerdict = { readonly valid: true } | { readonly valid: false; readonly reason: string }

/** Checks dates, signatures and CA flags from a certificate up to one of the CAs. */
export function verifySignedBy(
  leaf: Certificate,
  cas: readonly Certificate[],
  now: Date,
  intermediates: readonly Certificate[] = [],
): ChainVerdict {
  const dates = periodFault(leaf, now)
  if (dates !== undefined) return { valid: false, reason: dates }
  const reasons = [...cas, ...intermediates].flatMap(ca => {
    if (!signs(ca, leaf)) return []
    const fault = caFault(ca, now)
    if (fault !== undefined || cas.includes(ca)) return [fault]
    const above = verifySignedBy(
      ca,
      cas,
      now,
      intermediates.filter(other => other !== ca),
    )
    return [above.valid ? undefined : `was signed by "${ca.subject.commonName}", which ${above.reason}`]
  })
  if (reasons.includes(undefined)) return { valid: true }
  return { valid: false, reason: reasons[0] ?? notSigned(leaf, cas) }
}

/** Why a certificate is not valid at this time; undefined when it is. */
export function periodFault(certificate: Certificate, now: Date): string | undefined {
  if (now < certificate.notBefore) return `is not valid before ${certificate.notBefore.toISOString()}`
  return now > certificate.notAfter ? `expired on ${certificate.notAfter.toISOString()}` : undefined
}

/** True when the private key belongs to the certificate. */
export function matchesKey(certificate: Certificate, key: KeyObject): boolean {
  return certificate.x509.checkPrivateKey(key)
}

/** By name and signature, as Go; OpenSSL's own test would also look at key identifiers and usages. */
function signs(ca: Certificate, leaf: Certificate): boolean {
  return leaf.issuerDer.equals(ca.subjectDer) && leaf.x509.verify(ca.publicKey)
}

function caFault(ca: Certificate, now: Date): string | undefined {
  const name = `was signed by "${ca.subject.commonName}"`
  if (!ca.isCa) return `${name}, which is not a CA certificate`
  const dates = periodFault(ca, now)
  return dates === undefined ? undefined : `${name}, which ${dates}`
}

function notSigned(leaf: Certificate, cas: readonly Certificate[]): string {
  const names = cas.map(ca => `"${ca.subject.commonName}"`).join(', ')
  const other = leaf.issuer.commonName
  const sameName = cas.some(ca => ca.subject.commonName === other)
  return `was not signed by the CA ${names} but by ${sameName ? 'another CA of that name' : `"${other}"`}`
}
