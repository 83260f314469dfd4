import type { Cluster } from '../../cluster/cluster.ts'
import { toYaml } from '../yaml.ts'
import type { ApiObject } from './api-object.ts'
import { configMap } from './config-map.ts'

/** What joining kubelets start from; nothing of a single machine is in it. */
export function kubeletConfigMap({ kubelet }: Cluster): ApiObject {
  return configMap({ name: 'kubelet-config', data: { kubelet: toYaml(kubelet.tree) }, signed: kubelet.generated })
}
