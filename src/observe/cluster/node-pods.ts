import type { Kube } from '../../clients/kube/kube.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'

/** A pod on a node, and what happens to it when the node is removed. */
export interface NodePod {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  /** `stays`: a DaemonSet pod, a static pod, or a completed one. `lost`: no controller recreates it on another node. */
  readonly fate: 'moves' | 'stays' | 'lost'
  /** True for a pod with an emptyDir, whose data are lost when the pod moves. */
  readonly emptyDir: boolean
}

/** Reads the pods of a node in all namespaces. */
export async function readNodePods(kube: Kube, node: string): Promise<readonly NodePod[]> {
  const pods = await kube.list({ apiVersion: 'v1', kind: 'Pod', fieldSelector: `spec.nodeName=${node}` })
  return pods.map(pod => {
    const { namespace = '', name, uid = '' } = pod.metadata
    return { namespace, name, uid, fate: fateOf(pod), emptyDir: hasEmptyDir(pod) }
  })
}

function hasEmptyDir({ spec }: KubeObject): boolean {
  const { volumes = [] } = (spec ?? {}) as { readonly volumes?: readonly { readonly emptyDir?: unknown }[] }
  return volumes.some(({ emptyDir }) => emptyDir !== undefined)
}

/** Source: the rules of `kubectl drain`. */
function fateOf(pod: KubeObject): NodePod['fate'] {
  const { annotations = {}, ownerReferences = [] } = pod.metadata
  const owners = ownerReferences as readonly { readonly kind: string; readonly controller?: boolean }[]
  const controller = owners.find(owner => owner.controller === true)
  const { phase } = (pod.status ?? {}) as { readonly phase?: string }
  if (annotations['kubernetes.io/config.mirror'] !== undefined || controller?.kind === 'DaemonSet') return 'stays'
  if (phase === 'Succeeded' || phase === 'Failed') return 'stays'
  return controller === undefined ? 'lost' : 'moves'
}
