import type { Cluster } from '../../cluster/cluster.ts'
import { toClusterConfigurationTree } from '../../cluster/cluster-configuration-tree.ts'
import { given } from '../../cluster/given.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import { toYaml } from '../../yaml/write.ts'
import { renderClusterInfoKubeconfig } from '../kubeconfig.ts'
import { configHash, configHashAnnotation } from './config-hash.ts'

export interface ConfigMapInput {
  readonly name: string
  readonly namespace?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly data: Readonly<Record<string, string>>
  /** Adds the hash that distinguishes a generated configuration from one that a user wrote. */
  readonly signed?: boolean
}

/** Renders a ConfigMap, by default in kube-system. */
export function configMap({ name, namespace = 'kube-system', labels, data, signed }: ConfigMapInput): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      ...(signed ? { annotations: { [configHashAnnotation]: configHash(data) } } : {}),
      ...given({ labels }),
      name,
      namespace,
    },
    data,
  }
}

/** Renders the configuration of the cluster, which later joins and upgrades read. */
export function kubeadmConfigMap({ config }: Cluster): KubeObject {
  return configMap({
    name: 'kubeadm-config',
    data: { ClusterConfiguration: toYaml(toClusterConfigurationTree(config)) },
  })
}

/** Renders the configuration of joining kubelets, without properties of a single host. */
export function kubeletConfigMap({ kubelet }: Cluster): KubeObject {
  return configMap({ name: 'kubelet-config', data: { kubelet: toYaml(kubelet.tree) }, signed: kubelet.generated })
}

/**
 * Renders the public description of the cluster, which joining nodes read first. The controller manager adds the
 * signatures.
 */
export function clusterInfoConfigMap(input: { readonly server: string; readonly caPem: string }): KubeObject {
  return configMap({
    name: 'cluster-info',
    namespace: 'kube-public',
    data: { kubeconfig: renderClusterInfoKubeconfig(input) },
  })
}
