import type { Node } from '../../cluster/cluster.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import { withApi } from '../../ops/api.ts'
import { nodeMarkPatch } from '../../render/objects/node-mark.ts'
import type { Phase, PhaseContext } from '../phase.ts'

/** Labels and taints of a control plane. */
export const markControlPlane: Phase = {
  id: 'mark-control-plane',
  title: 'Label and taint the node as control plane',
  async run(ctx) {
    const found = await registered(ctx)
    const patch = nodeMarkPatch(found, ctx.node.taints ?? [])
    if (patch === undefined) return
    await withApi(ctx, `marking ${ctx.node.name}`, kube => kube.patch(refOf(ctx.node), patch, 'strategic'))
  },
}

/** kubeadm's loop ends silently when the kubelet never registers its Node; here that is a timeout. */
async function registered(ctx: PhaseContext): Promise<KubeObject> {
  const kube = await ctx.kube('admin')
  const ref = refOf(ctx.node)
  return ctx.until(
    `registration of the Node ${ctx.node.name} by its kubelet`,
    async () => {
      const found = await kube.get(ref)
      return found?.metadata.labels?.['kubernetes.io/hostname'] === undefined ? undefined : found
    },
    {
      timeoutMs: ctx.cluster.run.timeouts.kubernetesAPICall,
      assume: { apiVersion: 'v1', kind: 'Node', metadata: { name: ctx.node.name } },
    },
  )
}

function refOf(node: Node) {
  return { apiVersion: 'v1', kind: 'Node', name: node.name }
}
