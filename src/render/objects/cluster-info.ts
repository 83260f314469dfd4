import type { KubeObject } from '../../cluster/kube-object.ts'
import { renderClusterInfoKubeconfig } from '../kubeconfig.ts'
import { configMap } from './config-map.ts'

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
