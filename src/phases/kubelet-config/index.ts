import { paths } from '../../cluster/paths.ts'
import { ensureFile } from '../../ops/ensure-file.ts'
import { renderInstanceConfig, renderKubeletConfig } from '../../render/kubelet.ts'
import type { Phase } from '../phase.ts'

/**
 * The configuration of a kubelet that runs. Its flags stay, and it is not restarted: as in kubeadm, it reads the files
 * when its package is upgraded.
 */
export const kubeletConfig: Phase = {
  id: 'kubelet-config',
  title: 'Write the kubelet configuration of the cluster',
  about:
    "Writes the kubelet's configuration from the one that the cluster stores; the kubelet reads it when it starts.",
  flags: ['kubeconfig', 'patches'],
  needs: ['criSocket', 'name'],
  async run({ cluster, node, host }) {
    const instance = paths.kubeletInstanceConfig
    if ((await host.stat(instance)) === undefined) {
      await ensureFile(host, { path: instance, content: renderInstanceConfig(node), mode: 0o644 })
    }
    await ensureFile(host, { path: paths.kubeletConfig, content: renderKubeletConfig(cluster, node), mode: 0o644 })
  },
}
