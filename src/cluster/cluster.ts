import type { JsonObject } from './json.ts'
import type { Patch } from './patch.ts'
import type { ClusterConfiguration, NodeRegistration } from './spec.ts'

export type Role = 'control-plane' | 'worker'

/** The difference between the clocks of a host and of the host that kadm runs on, in milliseconds. */
export interface ClockReading {
  /** Negative if the host is behind. */
  readonly aheadMs: number
  /** The maximum error of the reading in either direction: half of the round trip. */
  readonly accuracyMs: number
}

/** An interface that is up, except loopback. */
export interface NetworkLink {
  readonly name: string
  readonly mtu: number
  readonly addresses: readonly string[]
}

/** Facts of a host, read once before planning, so that renderers stay pure. */
export interface MachineFacts {
  readonly hostname: string
  /** Address of the interface with the default route, IPv4 first; undefined without a default route. */
  readonly defaultAddress?: string
  readonly defaultAddress6?: string
  /** Sockets of container runtimes that respond, as `unix://` URLs, in kubeadm's order. */
  readonly criSockets: readonly string[]
  /** Existing CA directories in addition to /etc/ssl/certs, such as /usr/share/ca-certificates. */
  readonly caDirs: readonly string[]
  /** Non-empty variables whose lower-cased name ends in `_proxy`, sorted by name. */
  readonly proxyEnv: readonly { readonly name: string; readonly value: string }[]
  readonly systemdResolved: boolean
  /**
   * The IDs that distinguish hosts in Kubernetes, if the host has them: /etc/machine-id, and the firmware UUID in lower
   * case.
   */
  readonly machineId?: string
  readonly productUuid?: string
  /** The ID of the current boot. Containers have the ID of their host. */
  readonly bootId?: string
  readonly links?: readonly NetworkLink[]
  readonly clock?: ClockReading
}

/** Returns the name of a node that has none yet: that of its host, as in kubeadm. */
export function defaultNodeName({ hostname }: Pick<MachineFacts, 'hostname'>): string {
  return hostname.trim().toLowerCase()
}

/** Where a kube-apiserver listens. */
export interface LocalEndpoint {
  readonly advertiseAddress: string
  readonly bindPort: number
}

export interface ControlPlaneNode extends NodeRegistration, LocalEndpoint {
  readonly role: 'control-plane'
  readonly facts: MachineFacts
}

export interface WorkerNode extends NodeRegistration {
  readonly role: 'worker'
  readonly facts: MachineFacts
}

/** One host of the cluster, as configured. */
export type Node = ControlPlaneNode | WorkerNode

/** Returns the nodes with an API server. */
export function controlPlanesOf({ nodes }: Pick<Cluster, 'nodes'>): readonly ControlPlaneNode[] {
  return nodes.filter(node => node.role === 'control-plane')
}

/** A component configuration with defaults, including every zero value that its owner prints. */
export interface ComponentConfig {
  readonly tree: JsonObject
  /** True if the operator did not set it; its ConfigMap then has the hash annotation. */
  readonly generated: boolean
}

/** The data directory of etcd, and the directory of its write-ahead log if that is separate. */
export interface EtcdDirs {
  readonly dataDir: string
  readonly walDir?: string
}

/** The cluster: parsed, defaulted, validated, read only. The options of one command are its request. */
export interface Cluster {
  readonly config: ClusterConfiguration
  readonly kubelet: ComponentConfig
  readonly kubeProxy: ComponentConfig
  /** Patches for everything that is rendered, in the order in which they apply. */
  readonly patches: readonly Patch[]
  /** Timeout of the startup probes of static pods. */
  readonly startupTimeoutMs: number
  readonly nodes: readonly Node[]
}
