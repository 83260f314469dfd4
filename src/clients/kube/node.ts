import type { KubeObject } from '../../cluster/kube-object.ts'

/** An address in the status of a Node. */
export interface NodeAddress {
  /** `InternalIP`, `ExternalIP`, `Hostname`, … */
  readonly type: string
  readonly address: string
}

/** The condition Ready of a Node: Unknown is what the cluster says once the kubelet does not answer. */
export function readiness(node: KubeObject): 'True' | 'False' | 'Unknown' | undefined {
  return statusOf(node).conditions?.find(({ type }) => type === 'Ready')?.status
}

export function isReady(node: KubeObject): boolean {
  return readiness(node) === 'True'
}

export function nodeAddresses(node: KubeObject): readonly NodeAddress[] {
  return statusOf(node).addresses ?? []
}

/** The addresses at which the cluster reaches a Node: one for each IP family. */
export function internalIps(node: KubeObject): readonly string[] {
  return nodeAddresses(node).flatMap(({ type, address }) => (type === 'InternalIP' ? [address] : []))
}

/** True when no new Pods are scheduled on a Node. */
export function isCordoned(node: KubeObject): boolean {
  return (node.spec as { readonly unschedulable?: boolean } | undefined)?.unschedulable === true
}

interface NodeStatus {
  readonly conditions?: readonly { readonly type: string; readonly status: 'True' | 'False' | 'Unknown' }[]
  readonly addresses?: readonly NodeAddress[]
}

function statusOf(node: KubeObject): NodeStatus {
  return (node.status ?? {}) as NodeStatus
}
