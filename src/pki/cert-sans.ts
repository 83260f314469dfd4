import { addressAt, splitCidrs } from '../cluster/cidr.ts'
import type { Cluster, ControlPlaneNode } from '../cluster/cluster.ts'
import { type AltNames, altNames } from './alt-names.ts'

/** What the names of a control plane's servers depend on. */
export type NamedNode = Pick<ControlPlaneNode, 'name' | 'advertiseAddress'>

/** Returns the names of kube-apiserver. Only the first service network contributes an address. */
export function apiServerSans(cluster: Pick<Cluster, 'config'>, node: NamedNode): AltNames {
  const { networking, controlPlaneEndpoint, apiServer } = cluster.config
  const service = addressAt(splitCidrs(networking.serviceSubnet)[0] ?? '', 1)
  return altNames([
    node.name,
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    `kubernetes.default.svc.${networking.dnsDomain}`,
    ...(service === undefined ? [] : [service]),
    node.advertiseAddress,
    ...(controlPlaneEndpoint === undefined ? [] : [endpointHost(controlPlaneEndpoint)]),
    ...(apiServer.certSANs ?? []),
  ])
}

/** Returns the names of etcd, for clients or for peers. */
export function etcdSans(node: NamedNode, extra: readonly string[] = []): AltNames {
  return altNames([node.name, 'localhost', node.advertiseAddress, '127.0.0.1', '::1', ...extra])
}

/** Returns the host of `host`, `host:port`, `[v6]:port` or an IPv6 address without brackets. */
function endpointHost(endpoint: string): string {
  const bracketed = /^\[(.+)\](?::\d+)?$/.exec(endpoint)?.[1]
  if (bracketed !== undefined) return bracketed
  return endpoint.split(':').length === 2 ? endpoint.replace(/:\d*$/, '') : endpoint
}
