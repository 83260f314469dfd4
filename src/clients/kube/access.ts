import type { Secret } from '../../cluster/secret.ts'
import type { TlsAccess } from '../https/tls-access.ts'

/** How to reach a kube-apiserver, and the credentials: the current context of a kubeconfig. */
export interface KubeAccess extends TlsAccess {
  /** `https://10.0.0.1:6443` */
  readonly server: string
  /** Bearer token. */
  readonly token?: Secret
  /** The file that it was read from. */
  readonly origin?: KubeconfigOrigin
}

/** A kubeconfig file and its host. */
export interface KubeconfigOrigin {
  readonly path: string
  readonly machine: string
  /** The host as the operator named it; absent for the one that kadm runs on. */
  readonly spec?: string
}
