import { nodeRef } from '../../clients/kube/kube.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import type { UpgradeClusterRequest } from '../../cluster/request.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { readKubeletVersion } from '../../observe/machine/kubelet-version.ts'
import { type ApiAccess, withApi } from '../../ops/api.ts'
import type { PhaseContext } from '../phase.ts'

export type Ctx = PhaseContext<UpgradeClusterRequest>

/** The API as the administrator of the first control plane: a worker has no credentials that can change its Node. */
export function administrator(ctx: Ctx): Ctx & ApiAccess {
  return { ...ctx, kube: () => ctx.kube('source') }
}

/** Returns the Node. Throws API_REFUSED if the cluster has none with this name. */
export async function readNode(ctx: Ctx): Promise<KubeObject> {
  const { name } = ctx.node
  const node = await withApi(administrator(ctx), `reading the Node ${name}`, kube => kube.get(nodeRef(name)))
  if (node !== undefined) return node
  throw new KadmError('API_REFUSED', `the cluster has no Node ${name}`, {
    hint: 'the kubelet of the node may be registered under another name: compare with `kubectl get nodes`',
  })
}

/** The version of the kubelet that last reported to the cluster. */
export function reportedVersion(node: KubeObject): string | undefined {
  const { nodeInfo } = (node.status ?? {}) as { readonly nodeInfo?: { readonly kubeletVersion?: string } }
  return nodeInfo?.kubeletVersion
}

/** True if the kubelet on the host, or the one that runs, has another version than the target. */
export async function hasOldKubelet(ctx: Ctx, node: KubeObject): Promise<boolean> {
  const target = ctx.cluster.config.kubernetesVersion
  return reportedVersion(node) !== target || (await readKubeletVersion(ctx.host)) !== target
}
