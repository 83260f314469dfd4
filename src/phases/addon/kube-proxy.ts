import { ensureObjects } from '../../ops/api.ts'
import { kubeProxyObjects } from '../../render/objects/kube-proxy.ts'
import type { Phase } from '../phase.ts'

/** Deploys kube-proxy on every node. */
export const kubeProxy: Phase = {
  id: 'addon/kube-proxy',
  title: 'Deploy kube-proxy',
  about: 'Deploys kube-proxy.',
  needs: ['advertiseAddress'],
  role: 'control-plane',
  addon: 'proxy',
  flags: [
    'apiserver-advertise-address',
    'apiserver-bind-port',
    'control-plane-endpoint',
    'image-repository',
    'kubeconfig',
    'kubernetes-version',
    'pod-network-cidr',
    'print-manifest',
  ],
  manifest: ({ cluster, node }) => kubeProxyObjects(cluster, node),
  omit: ({ cluster }) => (cluster.config.proxy.disabled ? 'proxy.disabled is set' : undefined),
  run: ctx => ensureObjects(ctx, 'deploying kube-proxy', kubeProxyObjects(ctx.cluster, ctx.node)),
}
