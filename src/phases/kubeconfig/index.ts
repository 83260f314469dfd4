import { type KubeconfigName, kubeconfigTable } from '../../pki/kubeconfig-table.ts'
import type { Phase } from '../phase.ts'
import { ensureKubeconfig } from './ensure-kubeconfig.ts'

/** One phase per row of the table of kubeconfig files. */
export const kubeconfigs = Object.fromEntries(
  kubeconfigTable.map((spec): readonly [KubeconfigName, Phase] => [
    spec.name,
    {
      id: `kubeconfig/${spec.name.replace(/\.conf$/, '')}`,
      title: `Make ${spec.name}`,
      run: ctx => ensureKubeconfig(ctx, spec),
    },
  ]),
) as Readonly<Record<KubeconfigName, Phase>>
