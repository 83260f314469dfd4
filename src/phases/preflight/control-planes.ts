import { isReady } from '../../clients/kube/node.ts'
import { kubernetesComponents } from '../../cluster/components.ts'
import { paths } from '../../cluster/paths.ts'
import { isAnswer } from '../../errors/kadm-error.ts'
import { type Check, failure } from './check.ts'
import { readPatiently } from './patient-api.ts'

const label = 'node-role.kubernetes.io/control-plane'

/** Checks that every control plane of the cluster is ready before one of them is taken out of service. */
export const controlPlaneNodesReady: Check = {
  name: 'ControlPlaneNodesReady',
  async run({ ctx }) {
    try {
      const query = { apiVersion: 'v1', kind: 'Node', labelSelector: label }
      const nodes = await readPatiently(ctx, kube => kube.list(query))
      const away = nodes.filter(node => !isReady(node)).map(({ metadata }) => metadata.name)
      if (away.length === 0) return []
      const remedy = 'make them ready first: `kubectl describe node NAME` says what is wrong with a node'
      return [failure(`there are NotReady control-planes in the cluster: [${away.join(' ')}]`, remedy)]
    } catch (error) {
      if (!isAnswer(error)) throw error
      return [
        failure(`the Nodes of the cluster cannot be read: ${error.message}`, error.hint ?? 'check the API server'),
      ]
    }
  },
}

/** Checks that the control plane of this node runs as static pods. */
export const staticPodManifests: Check = {
  name: 'StaticPodManifest',
  async run({ ctx: { host } }) {
    const manifests = kubernetesComponents.map(paths.manifest)
    const stats = await Promise.all(manifests.map(path => host.stat(path)))
    const missing = manifests.filter((_, i) => stats[i] === undefined)
    if (missing.length === 0) return []
    const remedy = 'restore them from a backup; copies of an earlier upgrade are below /var/lib/kadm/upgrades'
    return [failure(`manifest files not found: [${missing.join(' ')}]`, remedy)]
  },
}
