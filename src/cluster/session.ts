import type { KeyObject } from 'node:crypto'
import type { MachineFacts } from './cluster.ts'
import type { Secret } from './secret.ts'

/** A Node that already exists in the cluster, from its API. */
export interface ClusterNode {
  readonly name: string
  readonly controlPlane: boolean
  /** Internal addresses. */
  readonly addresses: readonly string[]
  /** True for a Node that the cluster has not heard of for a while. */
  readonly away?: true
  /** No new pods are scheduled on it. */
  readonly cordoned?: true
  /** `v1.37.2`, and what else its kubelet reports; empty texts are left out. */
  readonly kubeletVersion?: string
  readonly machineId?: string
  readonly systemUuid?: string
  readonly bootId?: string
}

/** How a joining node found its cluster: made before the plan. */
export interface Discovered {
  /** URL of the API, from cluster-info: `https://10.0.0.1:6443`. */
  readonly server: string
  /** PEM of the cluster's CA certificates. */
  readonly ca: string
  /** Kubeconfig with which the kubelet asks for its certificate. */
  readonly bootstrapKubeconfig: Secret
  /** The cluster's Nodes, when the credentials of the discovery may list them: a bootstrap token may not. */
  readonly members?: readonly ClusterNode[]
  /** The host of the control plane that the run takes everything from. */
  readonly source?: MachineFacts
  /** The server did not answer a dry run, which made up what it would have said. */
  readonly assumed?: true
  /** Why the cluster did not say what a look at a host would compare with; defaults stand in for it. */
  readonly unanswered?: string
}

/** Minted or learned before the plan, so that renderers stay pure. What a host already has wins over what is minted. */
export interface Session {
  /** Names this run in journals: sortable, unique. */
  readonly run: string
  readonly startedAt: Date
  readonly signal: AbortSignal
  /** The private key for a file of a node, by its `keyName`: one per name, made side by side. */
  readonly key: (name: string) => Promise<KeyObject>
  readonly discovered?: Discovered
}

/** `cp1/apiserver`, `cp1/admin.conf`: what a key is called in the session. Nodes never share one that is made for them. */
export function keyName(node: { readonly name: string }, file: string): string {
  return `${node.name}/${file}`
}
