import type { Cluster } from '../../cluster/cluster.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import { toYaml } from '../../yaml/write.ts'
import { configMap } from './config-map.ts'

/** What joining kubelets start from; nothing of a single host is in it. */
export function kubeletConfigMap({ kubelet }: Cluster): KubeObject {
  return configMap({ name: 'kubelet-config', data: { kubelet: toYaml(kubelet.tree) }, signed: kubelet.generated })
}
