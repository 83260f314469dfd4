import type { Secret } from '../../cluster/secret.ts'

/** How to reach a kube-apiserver and who to be there: what a kubeconfig's current context says. */
export interface KubeAccess {
  /** `https://10.0.0.1:6443` */
  readonly server: string
  /** CA certificates to verify the server with; without them, those of the operating system. */
  readonly caPem?: string
  /** Name to verify the server's certificate against instead of the host in `server`. */
  readonly tlsServerName?: string
  readonly clientCertPem?: string
  readonly clientKeyPem?: Secret
  /** Bearer token. */
  readonly token?: Secret
}
