import type { ClusterNode } from './session.ts'

/**
 * What a command sees of a cluster before it plans, read only. A field is absent when the command did not look, or when
 * the cluster did not answer.
 */
export interface ClusterState {
  /** The Nodes that the API server lists. */
  readonly nodes?: readonly ClusterNode[]
  /** Names of the control planes that keep the cluster up: the voters of a stacked etcd, else the Nodes with the label. */
  readonly controlPlanes?: readonly string[]
  /** `v1.37.2`: the version in the stored ClusterConfiguration. */
  readonly kubernetesVersion?: string
  /** Servers that did not answer. */
  readonly unanswered?: readonly string[]
}
