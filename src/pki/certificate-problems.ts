import type { AltNames } from './alt-names.ts'
import type { Certificate } from './certificate.ts'
import { periodFault, verifySignedBy } from './verify.ts'

/** What a certificate is compared with. An absent part is not compared. */
export interface CertificateContext {
  readonly intermediates?: readonly Certificate[]
  /** The CAs that may have signed it. */
  readonly cas?: readonly Certificate[]
  readonly key?: { readonly path: string; readonly state: 'matches' | 'differs' | 'missing' }
  /** The names that the configuration asks for. */
  readonly sans?: AltNames
}

/** Returns all that is wrong with a certificate, as clauses that follow its name. */
export function certificateProblems(found: Certificate, context: CertificateContext, now: Date): readonly string[] {
  const { key, sans, cas } = context
  const all = [
    periodFault(found, now)?.reason,
    ...(cas === undefined ? [] : chainProblems(found, cas, context.intermediates ?? [], now)),
    key?.state === 'differs' ? `does not belong to the key in ${key.path}` : undefined,
    key?.state === 'missing' ? `has no key: ${key.path} holds none or does not exist` : undefined,
    ...(sans === undefined ? [] : namesProblems(found.sans, sans)),
  ]
  return all.filter(problem => problem !== undefined)
}

function chainProblems(
  found: Certificate,
  cas: readonly Certificate[],
  intermediates: readonly Certificate[],
  now: Date,
): readonly (string | undefined)[] {
  if (cas.length === 0) return ['cannot be verified: its CA certificate is missing or cannot be read']
  const verdict = verifySignedBy(found, cas, within(found, now), intermediates)
  return [verdict.valid ? undefined : verdict.reason, outlives(found, cas)]
}

/** The time nearest to now at which the certificate itself is valid, so that its chain is verified apart from its dates. */
function within({ notBefore, notAfter }: Certificate, now: Date): Date {
  if (now < notBefore) return notBefore
  return now > notAfter ? notAfter : now
}

function outlives(found: Certificate, cas: readonly Certificate[]): string | undefined {
  const signers = cas.filter(ca => ca.subjectDer.equals(found.issuerDer))
  const last = Math.max(...signers.map(ca => ca.notAfter.getTime()))
  if (signers.length === 0 || found.notAfter.getTime() <= last) return undefined
  return `is valid longer than its CA, which expires on ${new Date(last).toISOString()}`
}

function namesProblems(found: AltNames, wanted: AltNames): readonly (string | undefined)[] {
  const own = [...found.dns, ...found.ips]
  const asked = [...wanted.dns, ...wanted.ips]
  const missing = asked.filter(name => !own.includes(name))
  const extra = own.filter(name => !asked.includes(name))
  return [
    missing.length > 0 ? `is not valid for ${missing.join(', ')}, which the configuration asks for` : undefined,
    extra.length > 0 ? `is valid for ${extra.join(', ')}, which the configuration does not ask for` : undefined,
  ]
}
