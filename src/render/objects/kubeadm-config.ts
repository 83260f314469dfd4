import type { Cluster } from '../../cluster/cluster.ts'
import { toClusterConfigurationTree } from '../../cluster/cluster-configuration-tree.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import { toYaml } from '../../yaml/write.ts'
import { configMap } from './config-map.ts'

/** Where later joins and upgrades read what the cluster was made with. */
export function kubeadmConfigMap({ config }: Cluster): KubeObject {
  return configMap({
    name: 'kubeadm-config',
    data: { ClusterConfiguration: toYaml(toClusterConfigurationTree(config)) },
  })
}
