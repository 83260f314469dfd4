import type { Cluster } from '../../cluster/cluster.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import { toYaml } from '../../yaml/write.ts'
import { configMap } from './config-map.ts'

/** Renders the configuration of joining kubelets, without properties of a single host. */
export function kubeletConfigMap({ kubelet }: Cluster): KubeObject {
  return configMap({ name: 'kubelet-config', data: { kubelet: toYaml(kubelet.tree) }, signed: kubelet.generated })
}
