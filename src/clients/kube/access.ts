import type { Secret } from '../../cluster/secret.ts'
import type { TlsAccess } from '../https/tls-access.ts'

/** How to reach a kube-apiserver and who to be there: what a kubeconfig's current context says. */
export interface KubeAccess extends TlsAccess {
  /** `https://10.0.0.1:6443` */
  readonly server: string
  /** Bearer token. */
  readonly token?: Secret
  /** The file that it was read from. */
  readonly origin?: KubeconfigOrigin
}

/** A kubeconfig file, and the host that it lies on. */
export interface KubeconfigOrigin {
  readonly path: string
  readonly machine: string
  /** How the operator named that host; absent for the one kadm runs on. */
  readonly spec?: string
}
