import { toClusterConfigurationTree } from '../cluster/cluster-configuration-tree.ts'
import { jsonText } from '../cluster/json.ts'
import { defaultClusterConfiguration } from './cluster-configuration.ts'
import type { StoredDocuments } from './complete-join.ts'
import { completeComponents } from './component-configs.ts'

/** What a cluster of this version keeps about itself when nobody configured anything but its endpoint. */
export function assumedDocuments(kubernetesVersion: string, controlPlaneEndpoint: string): StoredDocuments {
  const config = defaultClusterConfiguration({ controlPlaneEndpoint }, kubernetesVersion, 6443)
  const { kubelet } = completeComponents({}, config, '')
  // JSON is YAML.
  return {
    clusterConfiguration: jsonText(toClusterConfigurationTree(config)),
    kubelet: jsonText(kubelet.tree),
  }
}
