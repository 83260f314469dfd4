import { toClusterConfigurationTree } from '../cluster/cluster-configuration-tree.ts'
import { defaultBindPort } from '../cluster/components.ts'
import { jsonText } from '../cluster/json.ts'
import type { StoredDocuments } from './complete-join.ts'
import { defaultClusterConfiguration } from './kinds/cluster-configuration.ts'
import { completeComponents } from './kinds/component-configs.ts'

/** Returns the ConfigMaps of a cluster of this version for which only the endpoint is configured. */
export function assumedDocuments(kubernetesVersion: string, controlPlaneEndpoint: string): StoredDocuments {
  const config = defaultClusterConfiguration({ controlPlaneEndpoint }, kubernetesVersion, defaultBindPort)
  const { kubelet } = completeComponents({}, config, '')
  // JSON is YAML.
  return {
    clusterConfiguration: jsonText(toClusterConfigurationTree(config)),
    kubelet: jsonText(kubelet.tree),
  }
}
