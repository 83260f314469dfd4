import type { KubeObject } from '../../cluster/kube-object.ts'
import { isExternalCa } from '../../observe/pki/external-ca.ts'
import { ensureStaticPod } from '../../ops/ensure-static-pod.ts'
import { renderKubeApiserver } from '../../render/kube-apiserver.ts'
import { renderKubeControllerManager } from '../../render/kube-controller-manager.ts'
import { renderKubeScheduler } from '../../render/kube-scheduler.ts'
import type { ControlPlaneContext, Phase } from '../phase.ts'

export { upgradedManifests } from './upgraded.ts'

/** Returns the manifest of one component for this host. */
type Render = (ctx: ControlPlaneContext) => KubeObject | Promise<KubeObject>

const common = ['cert-dir', 'image-repository', 'kubernetes-version', 'patches']
const apiserverFlags = [
  'apiserver-advertise-address',
  'apiserver-bind-port',
  'control-plane-endpoint',
  'feature-gates',
  'service-cidr',
]

function staticPod(name: string, component: string, flags: readonly string[], render: Render): Phase {
  return {
    id: `control-plane/${name}`,
    title: `Write the static pod of ${component}`,
    about: `Writes the static pod of ${component}.`,
    role: 'control-plane',
    needs: component === 'kube-apiserver' ? ['advertiseAddress'] : [],
    flags: [...common, `${name}-extra-args`, ...flags],
    run: async ctx => void (await ensureStaticPod(ctx.host, component, await render(ctx))),
  }
}

export const apiserver = staticPod('apiserver', 'kube-apiserver', apiserverFlags, ctx =>
  renderKubeApiserver(ctx.cluster, ctx.node),
)
export const scheduler = staticPod('scheduler', 'kube-scheduler', [], ctx => renderKubeScheduler(ctx.cluster, ctx.node))
export const controllerManager = staticPod(
  'controller-manager',
  'kube-controller-manager',
  ['pod-network-cidr'],
  async ({ cluster, node, host }) => {
    const externalCa = await isExternalCa(host, cluster.config.certificatesDir)
    return renderKubeControllerManager(cluster, node, { externalCa })
  },
)
export {
  upgradeApiserver,
  upgradeControllerManager,
  upgradeEtcd,
  upgradeKubeconfigs,
  upgradeScheduler,
} from './upgrade.ts'
