import type { Kube } from '../../clients/kube/kube.ts'
import { given } from '../../cluster/given.ts'
import { dataOf, type KubeObject } from '../../cluster/kube-object.ts'
import { isKadmError, KadmError } from '../../errors/kadm-error.ts'
import { configHash, configHashAnnotation } from '../../render/objects/config-hash.ts'

/** The configuration that a cluster stores, as text. */
export interface ClusterDocuments {
  readonly clusterConfiguration: string
  readonly kubelet: string
  /** undefined if the cluster has no kube-proxy, or this identity is not allowed to read it: kubeadm tolerates both. */
  readonly kubeProxy?: string
  /** The component configurations that are unchanged since kubeadm or kadm generated them, by their hash. */
  readonly generated?: { readonly kubelet: boolean; readonly kubeProxy: boolean }
}

/** Reads kubeadm-config, kubelet-config and kube-proxy in parallel. Throws API_REFUSED if a required one is missing. */
export async function readClusterDocuments(kube: Kube): Promise<ClusterDocuments> {
  const [clusterConfiguration, kubelet, kubeProxy] = await Promise.all([
    readClusterConfiguration(kube),
    readConfigMap(kube, 'kubelet-config'),
    readConfigMap(kube, 'kube-proxy').catch(error => {
      if (isKadmError(error) && error.status === 403) return undefined
      throw error
    }),
  ])
  const remedy = '`kadm init phase upload-config kubelet --config FILE`'
  return {
    clusterConfiguration,
    kubelet: valueIn(kubelet, 'kubelet-config', 'kubelet', remedy),
    ...given({ kubeProxy: dataOf(kubeProxy)['config.conf'] }),
    generated: { kubelet: isGenerated(kubelet), kubeProxy: isGenerated(kubeProxy) },
  }
}

/** Reads the ConfigMap kubeadm-config. Throws API_REFUSED if it is missing. */
export function readClusterConfiguration(kube: Kube): Promise<string> {
  const remedy = '`kadm init phase upload-config kubeadm --config FILE`'
  return needed(kube, 'kubeadm-config', 'ClusterConfiguration', remedy)
}

async function needed(kube: Kube, name: string, key: string, remedy: string): Promise<string> {
  return valueIn(await readConfigMap(kube, name), name, key, remedy)
}

function valueIn(found: KubeObject | undefined, name: string, key: string, remedy: string): string {
  const value = dataOf(found)[key]
  if (value !== undefined) return value
  throw new KadmError('API_REFUSED', `the ConfigMap kube-system/${name} is missing or has no key ${key}`, {
    hint: `write it on a control plane: ${remedy}`,
  })
}

function readConfigMap(kube: Kube, name: string): Promise<KubeObject | undefined> {
  return kube.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name })
}

/** True if the hash in the annotation is that of the content. */
function isGenerated(found: KubeObject | undefined): boolean {
  const hash = found?.metadata.annotations?.[configHashAnnotation]
  return hash !== undefined && hash === configHash(dataOf(found))
}
