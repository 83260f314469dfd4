import { type Kube, nodeRef } from '../clients/kube/kube.ts'
import type { Node } from '../cluster/cluster.ts'
import type { KubeObject } from '../cluster/kube-object.ts'
import type { Watch } from '../cluster/until.ts'
import { nodeMarkPatch } from '../render/objects/node-mark.ts'
import { type ApiAccess, withApi } from './api.ts'

/**
 * Labels and taints a Node as control plane after its kubelet has registered it. kubeadm's loop ends silently if the
 * kubelet never does; here that is a timeout.
 */
export async function markNode(ctx: ApiAccess, node: Node, watch: Watch): Promise<void> {
  const found = await registered(ctx, node, watch)
  const patch = nodeMarkPatch(found, node.taints ?? [])
  if (patch === undefined) return
  await withApi(ctx, `marking ${node.name}`, kube => kube.patch(nodeRef(node.name), patch, 'strategic'))
}

async function registered(ctx: ApiAccess, node: Node, watch: Watch): Promise<KubeObject> {
  const kube: Kube = await ctx.kube('admin')
  return ctx.until(
    `registration of the Node ${node.name} by its kubelet`,
    watch.over(async () => {
      const found = await kube.get(nodeRef(node.name))
      return found?.metadata.labels?.['kubernetes.io/hostname'] === undefined ? undefined : found
    }),
    {
      timeoutMs: ctx.request.timeouts.kubernetesAPICall,
      field: 'kubernetesAPICall',
      states: watch.states,
      intervalMs: 100,
      assume: { apiVersion: 'v1', kind: 'Node', metadata: { name: node.name } },
    },
  )
}
