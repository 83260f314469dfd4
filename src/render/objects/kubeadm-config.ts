import type { Cluster } from '../../cluster/cluster.ts'
import { toClusterConfigurationTree } from '../../cluster/cluster-configuration-tree.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import { toYaml } from '../../yaml/write.ts'
import { configMap } from './config-map.ts'

/** Renders the configuration of the cluster, which later joins and upgrades read. */
export function kubeadmConfigMap({ config }: Cluster): KubeObject {
  return configMap({
    name: 'kubeadm-config',
    data: { ClusterConfiguration: toYaml(toClusterConfigurationTree(config)) },
  })
}
