import type { ClusterNode } from './session.ts'

/**
 * What a command reads from a cluster before it plans, read only. A field is absent if the command did not read it or
 * the cluster did not answer.
 */
export interface ClusterState {
  /** The Nodes that the API server lists. */
  readonly nodes?: readonly ClusterNode[]
  /** Names of the control planes that the cluster depends on: voters of a stacked etcd, else labeled Nodes. */
  readonly controlPlanes?: readonly string[]
  /** The version in the stored ClusterConfiguration, such as `v1.37.2`. */
  readonly kubernetesVersion?: string
  /** Servers that did not answer. */
  readonly unanswered?: readonly string[]
}
