import type { BinaryInput } from './binary-source.ts'
import type { EtcdDirs } from './cluster.ts'
import type { Secret } from './secret.ts'
import type { BootstrapToken, Timeouts } from './spec.ts'

/** The options of every run. They are not stored in the cluster. */
export interface BaseRequest {
  readonly timeouts: Timeouts
  /** The kubeconfig on the host that phases use as admin: admin.conf by default. */
  readonly kubeconfig: string
  /** Directory on the host for kubeconfigs: /etc/kubernetes by default. */
  readonly kubeconfigDir: string
  /** The path of the cluster CA on a worker. */
  readonly caCertPath: string
}

/** The options of `kadm init` and its phases. */
export interface InitRequest extends BaseRequest {
  readonly bootstrapTokens: readonly BootstrapToken[]
  readonly certificateKey?: Secret
  readonly uploadCerts: boolean
  readonly skipTokenPrint: boolean
  readonly skipCertificateKeyPrint: boolean
}

/** The options of `kadm join` and its phases. */
export interface JoinRequest extends BaseRequest {
  readonly certificateKey?: Secret
}

/** The options of `kadm reset` and its phases for one node. */
export interface ResetRequest extends BaseRequest {
  readonly cleanupTmpDir: boolean
  readonly cleanupNetwork: boolean
  /** Flags of umount2 such as `MNT_FORCE`. */
  readonly unmountFlags: readonly string[]
  /** Directory on the host for a backup of what is destroyed. */
  readonly backupDir?: string
  /** True if the configuration comes from the cluster, so that its paths are those of this host. */
  readonly fromCluster: boolean
  /** The data directories of the host's etcd member, as reported by the host or the cluster. */
  readonly etcdData?: EtcdDirs
}

/** The options of `kadm node remove`: the node to remove, and how. */
export interface RemoveRequest extends BaseRequest {
  readonly name: string
  /** How long to wait for pods to be evicted. */
  readonly drainTimeoutMs: number
  /** Also delete pods without a controller, and continue when eviction times out. */
  readonly force: boolean
}

/** The options of `kadm certs renew`. */
export interface RenewRequest extends BaseRequest {
  /** Renew only what expires within this time; absent: renew in any case. */
  readonly expiringWithinMs?: number
  /** The certificates directory of the cluster, if --cert-dir is another one: the kubeconfigs belong to the former. */
  readonly kubeconfigsOf?: string
  /** Also renew the certificate of a kubelet that has not expired; absent: only one that has. */
  readonly kubelets?: 'always'
  /** True if the configuration of the cluster is not known, so that certificates cannot be compared with it. */
  readonly assumedConfig?: true
  /** False if components that use an old certificate are not restarted. */
  readonly restart?: false
  /** Copies of kubeconfigs on the host, to which the renewed client certificates are written. */
  readonly kubeconfigCopies?: readonly string[]
  /** True if the API server of the host did not answer before the run: the components cannot become healthy. */
  readonly apiSilent?: true
}

/** The options of `kadm upgrade` for one node. The cluster's configuration has the target version. */
export interface UpgradeRequest extends BaseRequest {
  /** The version that the cluster stores before the upgrade. */
  readonly from: string
  readonly certificateRenewal: boolean
  readonly etcdUpgrade: boolean
  /** Set for a version that the same run reaches after another one, which all its nodes have by then. */
  readonly continues?: true
}

/** The options of `kadm upgrade cluster` for one node. */
export interface UpgradeClusterRequest extends UpgradeRequest {
  /** Where the node gets its new kubelet from. */
  readonly binaries: BinaryInput
  readonly drain: DrainRules
  readonly hooks: NodeHooks
}

/** Shell commands on the host that kadm runs on. They get the node in KADM_NODE and the target in KADM_VERSION. */
export interface NodeHooks {
  /** The directory in which the commands run: where kadm was started. */
  readonly dir: string
  readonly before?: string
  readonly after?: string
}

/** How a node is drained, as `kubectl drain` has it. */
export interface DrainRules {
  readonly timeoutMs: number
  /** Also evicts pods without a controller, which are lost. */
  readonly force: boolean
  /** Also evicts pods whose emptyDir data are lost. */
  readonly deleteEmptyDirData: boolean
}

/** The options of `kadm upgrade rollback`. The cluster's configuration has the version before the upgrade. */
export interface RollbackRequest extends UpgradeRequest {
  /** The run whose backup is restored. */
  readonly run: string
  /**
   * False if the backup has the configuration of the target version, because another control plane had stored that
   * before: then the earlier configuration is in the backup of that one.
   */
  readonly restoresConfig: boolean
  /** Also restores the snapshot of etcd: what was written since is lost. */
  readonly restoreSnapshot: boolean
}

/** The options of `kadm upgrade storage-migrate`. */
export interface StorageMigrateRequest extends BaseRequest {
  /** Names such as `secrets` and `deployments.apps`. */
  readonly resources: readonly string[]
  /** Counts what an earlier run has migrated for the same version; false for resources that were named. */
  readonly resumes: boolean
  /** How long to wait for all migrations. */
  readonly waitMs: number
}

/** The options of `kadm certs kubelet-serving`. */
export interface ServingRequest extends BaseRequest {
  /** Whether kubelets get their serving certificates from the cluster. */
  readonly serverTlsBootstrap: boolean
  /** Names and addresses of nodes that the operator gives, in addition to those of the hosts. */
  readonly sans: ReadonlyMap<string, readonly string[]>
}
