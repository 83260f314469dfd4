import type { ProfileName } from './profile-names.ts'
import type { BaseRequest } from './request.ts'

/** The options of `kadm certs generate-csr`. */
export interface CsrRequest extends BaseRequest {
  /** The certificates and kubeconfigs to request. */
  readonly names: readonly ProfileName[]
}
