import type { KubeObject } from '../../cluster/kube-object.ts'

/** An address in the status of a Node. */
export interface NodeAddress {
  /** `InternalIP`, `ExternalIP`, `Hostname`, … */
  readonly type: string
  readonly address: string
}

/** Returns the Ready condition of a Node. The cluster sets Unknown if the kubelet does not report. */
export function readiness(node: KubeObject): 'True' | 'False' | 'Unknown' | undefined {
  return statusOf(node).conditions?.find(({ type }) => type === 'Ready')?.status
}

/** Returns when the kubelet last reported this condition, in RFC 3339. */
export function heartbeat(node: KubeObject): string | undefined {
  return statusOf(node).conditions?.find(({ type }) => type === 'Ready')?.lastHeartbeatTime
}

export function isReady(node: KubeObject): boolean {
  return readiness(node) === 'True'
}

export function nodeAddresses(node: KubeObject): readonly NodeAddress[] {
  return statusOf(node).addresses ?? []
}

/** Returns the addresses at which the cluster reaches a Node, one per IP family. */
export function internalIps(node: KubeObject): readonly string[] {
  return nodeAddresses(node).flatMap(({ type, address }) => (type === 'InternalIP' ? [address] : []))
}

/** True if a Node is unschedulable. */
export function isCordoned(node: KubeObject): boolean {
  return (node.spec as { readonly unschedulable?: boolean } | undefined)?.unschedulable === true
}

interface NodeStatus {
  readonly conditions?: readonly {
    readonly type: string
    readonly status: 'True' | 'False' | 'Unknown'
    readonly lastHeartbeatTime?: string
  }[]
  readonly addresses?: readonly NodeAddress[]
}

function statusOf(node: KubeObject): NodeStatus {
  return (node.status ?? {}) as NodeStatus
}
