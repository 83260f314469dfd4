import type { JsonObject } from './json.ts'
import type { Secret } from './secret.ts'

/**
 * The kinds of kubeadm.k8s.io/v1beta4 after defaulting, with the API's field names. Durations are milliseconds.
 * Optional fields are those that stay absent if they are not set.
 */
export interface Arg {
  readonly name: string
  readonly value: string
}

export interface HostPathMount {
  readonly name: string
  readonly hostPath: string
  readonly mountPath: string
  readonly readOnly?: boolean
  readonly pathType?: string
}

/** core/v1 EnvVar. */
export interface EnvVar {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: JsonObject
}

export interface ControlPlaneComponent {
  readonly extraArgs?: readonly Arg[]
  readonly extraVolumes?: readonly HostPathMount[]
  readonly extraEnvs?: readonly EnvVar[]
}

export interface ApiServer extends ControlPlaneComponent {
  readonly certSANs?: readonly string[]
}

export interface LocalEtcd {
  readonly dataDir: string
  readonly imageRepository?: string
  readonly imageTag?: string
  readonly extraArgs?: readonly Arg[]
  readonly extraEnvs?: readonly EnvVar[]
  readonly serverCertSANs?: readonly string[]
  readonly peerCertSANs?: readonly string[]
}

export interface ExternalEtcd {
  readonly endpoints: readonly string[]
  readonly httpEndpoints?: readonly string[]
  readonly caFile?: string
  readonly certFile?: string
  readonly keyFile?: string
}

/** Exactly one of the two fields is set. */
export interface EtcdConfiguration {
  readonly local?: LocalEtcd
  readonly external?: ExternalEtcd
}

export interface Networking {
  readonly dnsDomain: string
  readonly podSubnet?: string
  readonly serviceSubnet: string
}

export interface Dns {
  readonly imageRepository?: string
  readonly imageTag?: string
  readonly disabled?: boolean
}

export type EncryptionAlgorithm = 'RSA-2048' | 'RSA-3072' | 'RSA-4096' | 'ECDSA-P256' | 'ECDSA-P384'

export interface ClusterConfiguration {
  readonly apiServer: ApiServer
  readonly caCertificateValidityPeriod: number
  readonly certificateValidityPeriod: number
  readonly certificatesDir: string
  readonly clusterName: string
  readonly controlPlaneEndpoint?: string
  readonly controllerManager: ControlPlaneComponent
  readonly dns: Dns
  readonly encryptionAlgorithm: EncryptionAlgorithm
  readonly etcd: EtcdConfiguration
  readonly featureGates?: Readonly<Record<string, boolean>>
  readonly imageRepository: string
  /** Resolved, with `v`: `v1.37.2`. A CI build keeps its prefix: `ci/v1.38.0-alpha.1`. */
  readonly kubernetesVersion: string
  readonly networking: Networking
  readonly proxy: { readonly disabled?: boolean }
  readonly scheduler: ControlPlaneComponent
}

export interface Taint {
  readonly key: string
  readonly value?: string
  readonly effect: string
}

export type ImagePullPolicy = 'Always' | 'IfNotPresent' | 'Never'

export interface NodeRegistration {
  readonly name: string
  readonly criSocket: string
  /** undefined for a worker that sets no taints; an empty list means no taints. */
  readonly taints?: readonly Taint[]
  readonly kubeletExtraArgs: readonly Arg[]
  /** Lower-cased and sorted. */
  readonly ignorePreflightErrors: readonly string[]
  readonly imagePullPolicy: ImagePullPolicy
  readonly imagePullSerial: boolean
}

export interface LocalApiEndpoint {
  readonly advertiseAddress: string
  readonly bindPort: number
}

export interface Timeouts {
  readonly controlPlaneComponentHealthCheck: number
  readonly kubeletHealthCheck: number
  readonly kubernetesAPICall: number
  readonly etcdAPICall: number
  readonly tlsBootstrap: number
  readonly discovery: number
  readonly upgradeManifests: number
}

export interface BootstrapToken {
  /** `id.secret` */
  readonly token: Secret
  /** True if the token is generated. A token of an earlier run can then replace it. */
  readonly drawn?: boolean
  readonly description?: string
  /** 0 = never expires. */
  readonly ttl: number
  readonly expires?: Date
  readonly usages: readonly string[]
  readonly groups: readonly string[]
}

export interface Discovery {
  readonly bootstrapToken?: {
    readonly token: Secret
    readonly apiServerEndpoint: string
    readonly caCertHashes: readonly string[]
    readonly unsafeSkipCAVerification: boolean
  }
  readonly file?: { readonly kubeConfigPath: string }
  readonly tlsBootstrapToken?: Secret
}

export interface JoinConfiguration {
  readonly dryRun: boolean
  readonly nodeRegistration: NodeRegistration
  readonly caCertPath: string
  readonly discovery: Discovery
  readonly controlPlane?: { readonly localAPIEndpoint: LocalApiEndpoint; readonly certificateKey?: Secret }
  readonly skipPhases: readonly string[]
  readonly patches?: { readonly directory?: string }
  readonly timeouts: Timeouts
}

/** The sections of a ClusterConfiguration that can be disabled. */
export type AddonSection = 'dns' | 'proxy'
