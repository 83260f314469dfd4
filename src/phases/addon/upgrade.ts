import { kubeImage } from '../../cluster/images.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import type { UpgradeRequest } from '../../cluster/request.ts'
import { readStaticPod } from '../../observe/machine/static-pod.ts'
import { withApi } from '../../ops/api.ts'
import type { ControlPlaneContext, ControlPlanePhase, Phase } from '../phase.ts'
import { coredns } from './coredns.ts'
import { kubeProxy } from './kube-proxy.ts'

/**
 * As in kubeadm, the last control plane upgrades the add-ons: kube-proxy must not be newer than an API server that it
 * uses.
 */
function afterAllControlPlanes(
  phase: Phase & { readonly role?: unknown },
  name: string,
): ControlPlanePhase<UpgradeRequest> {
  return {
    id: phase.id,
    title: `Upgrade ${name}`,
    about: `Upgrades ${name} when all control planes have the target version; the last one does it.`,
    role: 'control-plane',
    flags: ['kubeconfig', 'patches'],
    needs: ['name', 'advertiseAddress'],
    ...(phase.omit === undefined ? {} : { omit: phase.omit as (target: object) => string | undefined }),
    async run(ctx) {
      const older = await olderControlPlanes(ctx)
      if (older.length === 0) return phase.run(ctx)
      const text = `${name} stays as it is until these control planes are upgraded: ${older.join(', ')}`
      ctx.report({ kind: 'progress', text })
    },
  }
}

/** Returns the other control planes whose API server has another image than that of this node. Source: postupgrade.go. */
async function olderControlPlanes(ctx: ControlPlaneContext<UpgradeRequest>): Promise<readonly string[]> {
  const own = await readStaticPod(ctx.host, 'kube-apiserver')
  const image = own?.image ?? kubeImage(ctx.cluster.config, 'kube-apiserver')
  const query = { apiVersion: 'v1', kind: 'Pod', namespace: 'kube-system', labelSelector: 'component=kube-apiserver' }
  const pods = await withApi(ctx, 'listing the API servers', kube => kube.list(query))
  const others = (pods ?? []).map(placed).filter(({ node }) => node !== ctx.node.name)
  return others.filter(({ images }) => !images.includes(image)).map(({ node }) => node)
}

function placed({ spec }: KubeObject): { readonly node: string; readonly images: readonly string[] } {
  const { nodeName = '', containers = [] } = (spec ?? {}) as {
    readonly nodeName?: string
    readonly containers?: readonly { readonly image?: string }[]
  }
  return { node: nodeName, images: containers.map(({ image = '' }) => image) }
}

export const upgradeCoredns = afterAllControlPlanes(coredns, 'CoreDNS')
export const upgradeKubeProxy = afterAllControlPlanes(kubeProxy, 'kube-proxy')
