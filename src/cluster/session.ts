import type { KeyObject } from 'node:crypto'
import type { MachineFacts } from './cluster.ts'
import type { Secret } from './secret.ts'

/** A Node of the cluster, as its API reports it. */
export interface ClusterNode {
  readonly name: string
  readonly controlPlane: boolean
  /** Internal addresses. */
  readonly addresses: readonly string[]
  /** True for a Node that has not reported to the cluster for a while. */
  readonly away?: true
  /** True for an unschedulable Node. */
  readonly cordoned?: true
  /** The version of its kubelet, such as `v1.37.2`. Empty fields of the Node status are left out. */
  readonly kubeletVersion?: string
  readonly machineId?: string
  readonly systemUuid?: string
  readonly bootId?: string
}

/** How a joining node found its cluster. Determined before the plan. */
export interface Discovered {
  /** URL of the API, from cluster-info: `https://10.0.0.1:6443`. */
  readonly server: string
  /** PEM of the cluster's CA certificates. */
  readonly ca: string
  /** Kubeconfig with which the kubelet requests its certificate. */
  readonly bootstrapKubeconfig: Secret
  /** The Nodes of the cluster, if the credentials of the discovery can list them. A bootstrap token cannot. */
  readonly members?: readonly ClusterNode[]
  /** Facts of the control plane host that the join reads from. */
  readonly source?: MachineFacts
  /** True if the server did not answer a dry run and the data are assumptions. */
  readonly assumed?: true
  /** Why the cluster did not answer a preflight run. Defaults replace its data. */
  readonly unanswered?: string
}

/**
 * Values generated or read before the plan, so that renderers stay pure. Existing values of a host take precedence over
 * generated ones.
 */
export interface Session {
  /** The name of this run in logs: sortable, unique. */
  readonly run: string
  readonly startedAt: Date
  readonly signal: AbortSignal
  /** Returns the private key for a file of a node, by its `keyName`. One key per name, generated in parallel. */
  readonly key: (name: string) => Promise<KeyObject>
  readonly discovered?: Discovered
}

/** Returns the name of a key in the session: `cp1/apiserver`, `cp1/admin.conf`. Nodes do not share generated keys. */
export function keyName(node: { readonly name: string }, file: string): string {
  return `${node.name}/${file}`
}
