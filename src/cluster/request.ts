import type { EtcdDirs } from './cluster.ts'
import type { Secret } from './secret.ts'
import type { BootstrapToken, Timeouts } from './spec.ts'

/** What every run is asked, beside the cluster that it works on; nothing of it is stored in the cluster. */
export interface BaseRequest {
  readonly timeouts: Timeouts
  /** The kubeconfig on the host with which phases speak as admin: admin.conf by default. */
  readonly kubeconfig: string
  /** Directory on the host for kubeconfigs: /etc/kubernetes by default. */
  readonly kubeconfigDir: string
  /** Where a worker keeps the cluster's CA. */
  readonly caCertPath: string
}

/** What `kadm init` and its phases are asked. */
export interface InitRequest extends BaseRequest {
  readonly bootstrapTokens: readonly BootstrapToken[]
  readonly certificateKey?: Secret
  readonly uploadCerts: boolean
  readonly skipTokenPrint: boolean
  readonly skipCertificateKeyPrint: boolean
}

/** What `kadm join` and its phases are asked. */
export interface JoinRequest extends BaseRequest {
  readonly certificateKey?: Secret
}

/** What `kadm reset` and its phases are asked for one node. */
export interface ResetRequest extends BaseRequest {
  readonly cleanupTmpDir: boolean
  readonly cleanupNetwork: boolean
  /** `MNT_FORCE` and the like. */
  readonly unmountFlags: readonly string[]
  /** Directory on the host for a copy of what is destroyed. */
  readonly backupDir?: string
  /** True when the configuration comes from the cluster, so that paths in it are those of this host. */
  readonly fromCluster: boolean
  /** Data of etcd on the host that belong to its member, as the host or the cluster showed them. */
  readonly etcdData?: EtcdDirs
}

/** What `kadm node remove` is asked: which node leaves the cluster, and how. */
export interface RemoveRequest extends BaseRequest {
  readonly name: string
  /** For its pods to be evicted. */
  readonly drainTimeoutMs: number
  /** Also delete pods without a controller, and continue when eviction times out. */
  readonly force: boolean
}
