import { kubeconfigTable } from '../../pki/kubeconfig-table.ts'
import type { Phase } from '../phase.ts'
import { ensureKubeconfig } from './ensure-kubeconfig.ts'

/** One phase per row of the table of kubeconfig files. */
const phases: readonly Phase[] = kubeconfigTable.map(spec => ({
  id: `kubeconfig/${spec.name.replace(/\.conf$/, '')}`,
  title: `Make ${spec.name}`,
  run: ctx => ensureKubeconfig(ctx, spec),
}))

const kubeletId = 'kubeconfig/kubelet'

/** The kubelet's own, which it needs to start. */
export const kubeconfigKubelet: readonly Phase[] = phases.filter(phase => phase.id === kubeletId)
export const kubeconfigs: readonly Phase[] = phases.filter(phase => phase.id !== kubeletId)
