import type { Cluster, ControlPlaneNode } from '../../cluster/cluster.ts'
import { staticPodsOf } from '../../cluster/components.ts'
import { given } from '../../cluster/given.ts'
import type { Patch } from '../../cluster/patch.ts'
import { showPath } from '../../config/field/field-path.ts'
import { checkComponent } from '../../config/kinds/component-configs.ts'
import { readTyped } from '../../config/typed/reading.ts'
import { isKadmError, KadmError, type Problem } from '../../errors/kadm-error.ts'
import { staticPodRenderers } from '../../render/control-plane.ts'
import { renderKubeletConfig } from '../../render/kubelet.ts'
import { corednsDeployment } from '../../render/objects/coredns.ts'
import { kubeProxyObjects } from '../../render/objects/kube-proxy.ts'
import { patched } from '../../render/patches/patched.ts'

type Render = (cluster: Cluster, node: ControlPlaneNode) => unknown

/**
 * Applies every patch to its target before a host is changed; kubeadm finds a wrong patch in the phase that applies it.
 * Throws CONFIG_INVALID with all patches that do not apply.
 */
export function checkPatches(command: 'init' | 'join' | 'upgrade', cluster: Cluster): void {
  if (cluster.patches.length === 0) return
  const faults = cluster.nodes.flatMap(node => {
    const kubelet = problemsOf(() => renderKubeletConfig(cluster, node))
    const others = node.role === 'worker' ? [] : controlPlaneFaults(command, cluster, node)
    return [...(kubelet.length > 0 ? kubelet : unknownKubeletFields(cluster)), ...others]
  })
  const problems = [...new Map(faults.map(fault => [JSON.stringify(fault), fault])).values()]
  if (problems.length === 0) return
  const message = problems.length === 1 ? 'A patch is invalid' : `${problems.length} patches are invalid`
  throw new KadmError('CONFIG_INVALID', message, { hint: 'fix the patches; nothing was changed', problems })
}

function controlPlaneFaults(
  command: 'init' | 'join' | 'upgrade',
  cluster: Cluster,
  node: ControlPlaneNode,
): readonly Problem[] {
  const addons: readonly Render[] = command !== 'join' ? [() => corednsDeployment(cluster), kubeProxyObjects] : []
  const renders = [...staticPodsOf(cluster.config).map(component => staticPodRenderers[component]), ...addons]
  return renders.flatMap(render => problemsOf(() => render(cluster, node)))
}

function problemsOf(render: () => unknown): readonly Problem[] {
  try {
    render()
    return []
  } catch (error) {
    if (isKadmError(error, 'CONFIG_INVALID')) return error.problems ?? []
    throw error
  }
}

/** Returns fields that a patch adds to the kubelet configuration and that no kubelet of this version supports. */
function unknownKubeletFields({ config, kubelet, patches: all }: Cluster): readonly Problem[] {
  const faultsAfter = (patches: readonly Patch[]) => {
    const tree = patched({ patches }, 'kubeletconfiguration', kubelet.tree)
    return checkComponent('KubeletConfiguration', readTyped('KubeletConfiguration', tree), config.kubernetesVersion)
  }
  const known = new Set(faultsAfter([]).map(fault => showPath(fault.path)))
  return all.flatMap(({ target, file, line }, i) => {
    if (target !== 'kubeletconfiguration') return []
    const found = faultsAfter(all.slice(0, i + 1)).filter(fault => !known.has(showPath(fault.path)))
    for (const fault of found) known.add(showPath(fault.path))
    return found.map(({ path, message, remedy }) => {
      return { file, line, field: showPath(path), message, ...given({ remedy }) }
    })
  })
}
