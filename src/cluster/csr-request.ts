import type { CaName } from './node-files.ts'
import type { ProfileName } from './profile-names.ts'
import type { BaseRequest, RenewRequest } from './request.ts'
import type { Secret } from './secret.ts'

/** The options of `kadm certs generate-csr`. */
export interface CsrRequest extends BaseRequest {
  /** The certificates and kubeconfigs to request. */
  readonly names: readonly ProfileName[]
}

/** A signed certificate that the operator brings. */
export interface BroughtCertificate {
  readonly name: ProfileName
  /** The local file, for messages. */
  readonly from: string
  /** The certificate, followed by the intermediate CAs. */
  readonly pem: string
  /** The private key from a file next to it. Without it, the key is on the host. */
  readonly key?: Secret
  /** The kubeconfig next to it. */
  readonly kubeconfig?: Secret
}

/** The certificate of a CA that the operator brings. */
export interface BroughtCa {
  readonly name: CaName
  readonly from: string
  readonly pem: string
}

/** The options of `kadm certs import`. */
export interface ImportRequest extends RenewRequest {
  readonly certificates: readonly BroughtCertificate[]
  readonly cas: readonly BroughtCa[]
}

/** The directory for keys and requests of a renewal. `kadm reset` removes it with the directory of the certificates. */
export function renewalDir(certificatesDir: string): string {
  return `${certificatesDir}/renewal`
}
