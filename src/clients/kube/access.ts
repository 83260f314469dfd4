import type { Secret } from '../../cluster/secret.ts'
import type { TlsAccess } from '../https/tls-access.ts'

/** How to reach a kube-apiserver and who to be there: what a kubeconfig's current context says. */
export interface KubeAccess extends TlsAccess {
  /** `https://10.0.0.1:6443` */
  readonly server: string
  /** Bearer token. */
  readonly token?: Secret
}
