import type { Session } from '../../cluster/session.ts'
import type { RenewalCa } from '../../observe/pki/renewal-ca.ts'
import type { Certificate } from '../../pki/certificate.ts'
import type { Renewable } from '../../pki/renewable.ts'
import { verifySignedBy } from '../../pki/verify.ts'
import type { ControlPlaneContext } from '../phase.ts'

/** What happened to a certificate: the key of the result of its phase. */
type RenewalOutcome = 'renewed' | 'kept' | 'missing' | 'external'

export interface Existing {
  readonly certificate: Certificate
  readonly intermediates?: readonly Certificate[]
  /** True if it cannot be used at any time: its key is another one, or it trusts another CA. */
  readonly broken: boolean
}

/** True unless --expiring-within leaves out a certificate that works and expires later. */
export function isDue(
  { certificate, intermediates = [], broken }: Existing,
  ca: RenewalCa,
  { startedAt }: Pick<Session, 'startedAt'>,
  withinMs: number | undefined,
): boolean {
  if (withinMs === undefined || broken) return true
  if (!verifySignedBy(certificate, ca.certificates, startedAt, intermediates).valid) return true
  return certificate.notAfter.getTime() - startedAt.getTime() <= withinMs
}

/** The end of a step says by itself that a certificate was renewed. */
const texts: Readonly<Record<Exclude<RenewalOutcome, 'renewed'>, string>> = {
  kept: 'kept: it expires later than --expiring-within asks for',
  missing: 'does not exist',
  external: 'kept: the key of its CA is not on this host',
}

/** Reports what happened to a certificate, and when the one in its file expires. */
export function reportOutcome(
  { report }: Pick<ControlPlaneContext, 'report'>,
  { name }: Renewable,
  outcome: RenewalOutcome,
  certificate?: Certificate,
): void {
  if (outcome !== 'renewed') report({ kind: 'progress', text: `${name}: ${texts[outcome]}` })
  const expires = certificate === undefined ? '' : ` ${certificate.notAfter.toISOString()}`
  report({ kind: 'result', key: outcome, value: `${name}${expires}` })
}
