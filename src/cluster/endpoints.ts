import type { Cluster, LocalEndpoint } from './cluster.ts'

/** Returns `https://10.0.0.1:6443`: the kube-apiserver of one node. */
export function localEndpoint(node: LocalEndpoint): string {
  const { advertiseAddress: address, bindPort } = node
  return `https://${address.includes(':') ? `[${address}]` : address}:${bindPort}`
}

/** Returns the address that the whole cluster uses: controlPlaneEndpoint, else the address of the given node. */
export function clusterEndpoint(cluster: Pick<Cluster, 'config'>, node: LocalEndpoint): string {
  const { controlPlaneEndpoint } = cluster.config
  return controlPlaneEndpoint === undefined ? localEndpoint(node) : `https://${controlPlaneEndpoint}`
}
