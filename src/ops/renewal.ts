import type { RenewRequest } from '../cluster/request.ts'
import type { Session } from '../cluster/session.ts'
import type { Certificate } from '../pki/certificate.ts'
import type { RenewalCa } from '../pki/renewable.ts'
import type { FoundPair } from '../pki/reuse.ts'
import { verifySignedBy } from '../pki/verify.ts'
import type { NodeFiles } from './ensure-certificate.ts'

/** The part of a phase's context that renews certificates of a node. */
export interface RenewContext extends NodeFiles {
  readonly request: Pick<RenewRequest, 'kubeconfigDir' | 'expiringWithinMs' | 'assumedConfig'>
}

/** What was read of a certificate to renew. The two files of a kubeconfig are the same, and the certificate is its text. */
export interface RenewalInputs {
  readonly found: FoundPair
  /** Returns undefined if the key of the CA is not on the host. */
  readonly ca: () => Promise<RenewalCa | undefined>
}

/** What happened to a certificate, and the one that is in its file now. */
export type Renewal =
  | { readonly outcome: 'missing'; readonly certificate?: undefined }
  | { readonly outcome: 'renewed' | 'kept' | 'external'; readonly certificate: Certificate }

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
