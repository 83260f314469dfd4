import type { Kube } from '../../clients/kube/kube.ts'
import { given } from '../../cluster/given.ts'
import { dataOf } from '../../cluster/kube-object.ts'
import { isKadmError, KadmError } from '../../errors/kadm-error.ts'

/** The configuration that a cluster stores, as text. */
export interface ClusterDocuments {
  readonly clusterConfiguration: string
  readonly kubelet: string
  /** undefined if the cluster has no kube-proxy, or this identity is not allowed to read it: kubeadm tolerates both. */
  readonly kubeProxy?: string
}

/** Reads kubeadm-config, kubelet-config and kube-proxy in parallel. Throws API_REFUSED if a required one is missing. */
export async function readClusterDocuments(kube: Kube): Promise<ClusterDocuments> {
  const [clusterConfiguration, kubelet, kubeProxy] = await Promise.all([
    readClusterConfiguration(kube),
    needed(kube, 'kubelet-config', 'kubelet', '`kadm init phase upload-config kubelet --config FILE`'),
    readValue(kube, 'kube-proxy', 'config.conf').catch(error => {
      if (isKadmError(error) && error.status === 403) return undefined
      throw error
    }),
  ])
  return { clusterConfiguration, kubelet, ...given({ kubeProxy }) }
}

/** Reads the ConfigMap kubeadm-config. Throws API_REFUSED if it is missing. */
export function readClusterConfiguration(kube: Kube): Promise<string> {
  const remedy = '`kadm init phase upload-config kubeadm --config FILE`'
  return needed(kube, 'kubeadm-config', 'ClusterConfiguration', remedy)
}

async function needed(kube: Kube, name: string, key: string, remedy: string): Promise<string> {
  const value = await readValue(kube, name, key)
  if (value !== undefined) return value
  throw new KadmError('API_REFUSED', `the ConfigMap kube-system/${name} is missing or has no key ${key}`, {
    hint: `write it on a control plane: ${remedy}`,
  })
}

async function readValue(kube: Kube, name: string, key: string): Promise<string | undefined> {
  const found = await kube.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name })
  return dataOf(found)[key]
}
