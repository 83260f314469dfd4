import type { KubeconfigName } from '../../cluster/node-files.ts'
import { readKubeconfigInputs } from '../../observe/pki/kubeconfig-inputs.ts'
import { ensureKubeconfig } from '../../ops/ensure-kubeconfig.ts'
import { kubeconfigTable } from '../../pki/kubeconfig-table.ts'
import type { Phase } from '../phase.ts'

const common = [
  'apiserver-advertise-address',
  'apiserver-bind-port',
  'cert-dir',
  'control-plane-endpoint',
  'kubeconfig-dir',
  'kubernetes-version',
]

const about: Readonly<Record<KubeconfigName, string>> = {
  'admin.conf': 'Creates admin.conf, for administrators.',
  'super-admin.conf': 'Creates super-admin.conf, which works without any RBAC.',
  'kubelet.conf': 'Creates kubelet.conf, which the kubelet needs to start.',
  'controller-manager.conf': 'Creates controller-manager.conf.',
  'scheduler.conf': 'Creates scheduler.conf.',
}

/** One phase per row of the kubeconfig table. */
export const kubeconfigs = Object.fromEntries(
  kubeconfigTable.map((spec): readonly [KubeconfigName, Phase] => [
    spec.name,
    {
      id: `kubeconfig/${spec.name.replace(/\.conf$/, '')}`,
      title: `Make ${spec.name}`,
      about: about[spec.name],
      role: 'control-plane',
      ...(spec.name === 'kubelet.conf' ? {} : { needs: ['advertiseAddress'] }),
      flags: spec.name === 'kubelet.conf' ? [...common, 'node-name'] : common,
      keys: () => [spec.name],
      run: async ctx => ensureKubeconfig(ctx, spec, await readKubeconfigInputs(ctx.host, ctx, spec)),
    },
  ]),
) as Readonly<Record<KubeconfigName, Phase>>

export { upgradeKubeconfig } from './upgrade.ts'
