import { nodeRef } from '../clients/kube/kube.ts'
import { isCordoned } from '../clients/kube/node.ts'
import type { JsonObject } from '../cluster/json.ts'
import type { KubeObject } from '../cluster/kube-object.ts'
import { type ApiAccess, withApi } from './api.ts'

/** An annotation of a Node that says who cordoned it. */
export interface CordonMark {
  readonly name: string
  readonly value: string
}

/** Marks a Node as unschedulable. A Node that is already cordoned gets no annotation. */
export async function cordon(ctx: ApiAccess, node: KubeObject, mark?: CordonMark): Promise<void> {
  if (isCordoned(node)) return
  const annotations = mark === undefined ? {} : { metadata: { annotations: { [mark.name]: mark.value } } }
  await patchNode(ctx, node, { ...annotations, spec: { unschedulable: true } }, 'cordoning')
}

/** Marks a Node as schedulable. */
export async function uncordon(ctx: ApiAccess, node: KubeObject): Promise<void> {
  if (isCordoned(node)) await patchNode(ctx, node, { spec: { unschedulable: false } }, 'uncordoning')
}

/** Marks a Node as schedulable if it was cordoned with this annotation, and removes the annotation. */
export async function uncordonMarked(ctx: ApiAccess, node: KubeObject, name: string): Promise<boolean> {
  if (node.metadata.annotations?.[name] === undefined) return false
  const patch = { metadata: { annotations: { [name]: null } }, spec: { unschedulable: false } }
  await patchNode(ctx, node, patch, 'uncordoning')
  return true
}

async function patchNode(ctx: ApiAccess, node: KubeObject, patch: JsonObject, doing: string): Promise<void> {
  const { name } = node.metadata
  await withApi(ctx, `${doing} ${name}`, kube => kube.patch(nodeRef(name), patch, 'strategic'))
}
