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

/** One phase per row of the table of kubeconfig files. */
export const kubeconfigs = Object.fromEntries(
  kubeconfigTable.map((spec): readonly [KubeconfigName, Phase] => [
    spec.name,
    {
      id: `kubeconfig/${spec.name.replace(/\.conf$/, '')}`,
      title: `Make ${spec.name}`,
      ...(spec.name === 'kubelet.conf' ? {} : { needs: ['advertiseAddress'] }),
      flags: spec.name === 'kubelet.conf' ? [...common, 'node-name'] : common,
      keys: () => [spec.name],
      run: async ctx => ensureKubeconfig(ctx, spec, await readKubeconfigInputs(ctx.host, ctx, spec)),
    },
  ]),
) as Readonly<Record<KubeconfigName, Phase>>
