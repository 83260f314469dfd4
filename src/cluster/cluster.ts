import type { JsonObject } from './json.ts'
import type { Patch } from './patch.ts'
import type { ClusterConfiguration, NodeRegistration } from './spec.ts'

export type Role = 'control-plane' | 'worker'

/** A host's clock against that of the host kadm runs on, both in milliseconds. */
export interface ClockReading {
  /** Negative when the host is behind. */
  readonly aheadMs: number
  /** How far the reading may be off, either way: half of what asking took. */
  readonly accuracyMs: number
}

/** An interface that is up and no loopback. */
export interface NetworkLink {
  readonly name: string
  readonly mtu: number
  readonly addresses: readonly string[]
}

/** What the host itself says, read once before planning, so that renderers stay pure. */
export interface MachineFacts {
  readonly hostname: string
  /** Address of the interface with the default route (IPv4 first), else undefined. */
  readonly defaultAddress?: string
  readonly defaultAddress6?: string
  /** Sockets of container runtimes that answer, as `unix://` URLs, in kubeadm's order. */
  readonly criSockets: readonly string[]
  /** The CA directories beside /etc/ssl/certs that exist, such as /usr/share/ca-certificates. */
  readonly caDirs: readonly string[]
  /** Non-empty variables whose lower-cased name ends in `_proxy`, sorted by name. */
  readonly proxyEnv: readonly { readonly name: string; readonly value: string }[]
  readonly systemdResolved: boolean
  /** What distinguishes hosts in Kubernetes, where the host has it: /etc/machine-id, and the firmware's UUID in lower case. */
  readonly machineId?: string
  readonly productUuid?: string
  /** Of the boot that runs; containers share that of their host. */
  readonly bootId?: string
  readonly links?: readonly NetworkLink[]
  readonly clock?: ClockReading
}

/** One host of the cluster, as asked for. */
export interface Node extends NodeRegistration {
  readonly role: Role
  /** Where this node's kube-apiserver listens; workers have none. */
  readonly advertiseAddress: string
  readonly bindPort: number
  readonly facts: MachineFacts
}

/** A component configuration, defaulted, with every zero value that its owner prints. */
export interface ComponentConfig {
  readonly tree: JsonObject
  /** True when it is not set: then its ConfigMap carries the hash annotation. */
  readonly generated: boolean
}

/** Where an etcd keeps its data, and its write-ahead log when that is apart. */
export interface EtcdDirs {
  readonly dataDir: string
  readonly walDir?: string
}

/** What the cluster is: parsed, defaulted, validated, read only. What one command asks is its request. */
export interface Cluster {
  readonly config: ClusterConfiguration
  readonly kubelet: ComponentConfig
  readonly kubeProxy: ComponentConfig
  /** For everything that is rendered, in the order in which they are applied. */
  readonly patches: readonly Patch[]
  /** For the startup probes of static pods. */
  readonly startupTimeoutMs: number
  readonly nodes: readonly Node[]
}
