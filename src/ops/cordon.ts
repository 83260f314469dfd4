import { nodeRef } from '../clients/kube/kube.ts'
import { isCordoned } from '../clients/kube/node.ts'
import type { KubeObject } from '../cluster/kube-object.ts'
import { type ApiAccess, withApi } from './api.ts'

/** Marks a Node as unschedulable. */
export async function cordon(ctx: ApiAccess, node: KubeObject): Promise<void> {
  if (!isCordoned(node)) await setUnschedulable(ctx, node, true, 'cordoning')
}

/** Marks a Node as schedulable. */
export async function uncordon(ctx: ApiAccess, node: KubeObject): Promise<void> {
  if (isCordoned(node)) await setUnschedulable(ctx, node, false, 'uncordoning')
}

async function setUnschedulable(ctx: ApiAccess, node: KubeObject, unschedulable: boolean, doing: string) {
  const { name } = node.metadata
  await withApi(ctx, `${doing} ${name}`, kube => kube.patch(nodeRef(name), { spec: { unschedulable } }, 'strategic'))
}
