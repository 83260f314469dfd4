import type { Cluster } from '../../cluster/cluster.ts'
import { toClusterConfigurationTree } from '../../cluster/cluster-configuration-tree.ts'
import { toYaml } from '../yaml.ts'
import type { ApiObject } from './api-object.ts'
import { configMap } from './config-map.ts'

/** Where later joins and upgrades read what the cluster was made with. */
export function kubeadmConfigMap({ config }: Cluster): ApiObject {
  return configMap({
    name: 'kubeadm-config',
    data: { ClusterConfiguration: toYaml(toClusterConfigurationTree(config)) },
  })
}
