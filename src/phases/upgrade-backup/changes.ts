import { paths } from '../../cluster/paths.ts'
import type { UpgradeRequest } from '../../cluster/request.ts'
import { upgradedPods } from '../../observe/cluster/upgraded-pods.ts'
import { readText } from '../../observe/machine/read-text.ts'
import { renderKubeletConfig } from '../../render/kubelet.ts'
import type { PhaseContext } from '../phase.ts'

/** True if the upgrade changes a file of the node, or the version that the cluster stores. */
export async function changesNode({ cluster, node, host, request }: PhaseContext<UpgradeRequest>): Promise<boolean> {
  if (request.from !== cluster.config.kubernetesVersion) return true
  if ((await readText(host, paths.kubeletConfig)) !== renderKubeletConfig(cluster, node)) return true
  if (node.role === 'worker') return false
  const pods = await upgradedPods(host, { cluster, node, request })
  return pods.some(({ before, after }) => before !== after)
}
