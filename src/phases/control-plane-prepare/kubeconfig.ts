import type { KubeconfigName } from '../../cluster/node-files.ts'
import { readKubeconfigInputs } from '../../observe/pki/kubeconfig-inputs.ts'
import { ensureKubeconfig } from '../../ops/ensure-kubeconfig.ts'
import { kubeconfigSpec } from '../../pki/kubeconfig-table.ts'
import { certificateKeyFlags, discoveryFlags } from '../flag-groups.ts'
import type { Phase } from '../phase.ts'

function kubeconfigs(part: string, title: string, names: readonly KubeconfigName[]): Phase {
  return {
    id: `control-plane-prepare/kubeconfig/${part}`,
    title,
    about:
      part === 'admin'
        ? 'Creates admin.conf, with which the later phases talk to the cluster.'
        : 'Creates controller-manager.conf and scheduler.conf.',
    kubeadm: { partOf: 'control-plane-prepare kubeconfig' },
    flags: [...certificateKeyFlags, 'control-plane', ...discoveryFlags],
    role: 'control-plane',
    keys: () => names,
    async run(ctx) {
      const ensure = async (name: KubeconfigName) => {
        const spec = kubeconfigSpec(name)
        await ensureKubeconfig(ctx, spec, await readKubeconfigInputs(ctx.host, ctx, spec))
      }
      await Promise.all(names.map(ensure))
    },
  }
}

/** The rest of the join connects to the cluster with it. */
export const adminKubeconfig = kubeconfigs('admin', 'Create admin.conf', ['admin.conf'])

export const componentKubeconfigs = kubeconfigs('components', 'Create controller-manager.conf and scheduler.conf', [
  'controller-manager.conf',
  'scheduler.conf',
])
