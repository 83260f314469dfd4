import type { Kube } from '../../clients/kube/kube.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { ensureObjects, withApi } from '../../ops/api.ts'
import { ensureObject, ensurePresent } from '../../ops/ensure-object.ts'
import { corednsConfigMap, corednsDeployment, corednsRbac, corednsService } from '../../render/objects/coredns.ts'
import type { Phase } from '../phase.ts'

/** Deploys CoreDNS. As in kubeadm, an existing Corefile and replica count are kept. */
export const coredns: Phase = {
  id: 'addon/coredns',
  title: 'Deploy CoreDNS',
  about: 'Deploys CoreDNS.',
  needs: [],
  addon: 'dns',
  flags: [
    'feature-gates',
    'image-repository',
    'kubeconfig',
    'kubernetes-version',
    'print-manifest',
    'service-cidr',
    'service-dns-domain',
  ],
  manifest: ({ cluster }) => [
    corednsDeployment(cluster, { replicas: 2 }),
    corednsConfigMap(cluster),
    corednsService(cluster),
    ...corednsRbac(),
  ],
  omit: ({ cluster }) => (cluster.config.dns.disabled ? 'dns.disabled is set' : undefined),
  async run(ctx) {
    await Promise.all([
      withApi(ctx, 'writing the Corefile', kube => ensurePresent(kube, corednsConfigMap(ctx.cluster))),
      withApi(ctx, 'deploying CoreDNS', async kube =>
        ensureObject(kube, corednsDeployment(ctx.cluster, { replicas: await replicas(kube) })),
      ),
      ensureObjects(ctx, 'deploying CoreDNS', [...corednsRbac(), corednsService(ctx.cluster)]),
    ])
  },
}

async function replicas(kube: Kube): Promise<number> {
  const query = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    namespace: 'kube-system',
    labelSelector: 'k8s-app=kube-dns',
  }
  const found = await kube.list(query)
  if (found.length > 1) {
    throw new KadmError('API_REFUSED', `${found.length} Deployments carry the label k8s-app=kube-dns, expected one`, {
      hint: 'delete all but the one that serves DNS: kubectl -n kube-system get deployments -l k8s-app=kube-dns',
    })
  }
  const spec = found[0]?.spec as { readonly replicas?: number } | undefined
  return spec?.replicas ?? 2
}
