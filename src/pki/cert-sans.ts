import { addressAt, splitCidrs } from '../cluster/cidr.ts'
import type { Cluster, Node } from '../cluster/cluster.ts'
import { type AltNames, altNames } from './alt-names.ts'

/** The names that kube-apiserver serves under; of a dual-stack service network only the first gives an address. */
export function apiServerSans(cluster: Cluster, node: Node): AltNames {
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

/** The names that etcd serves under, for clients or for peers. */
export function etcdSans(node: Node, extra: readonly string[] = []): AltNames {
  return altNames([node.name, 'localhost', node.advertiseAddress, '127.0.0.1', '::1', ...extra])
}

/** The host of `host`, `host:port`, `[v6]:port` or a bare IPv6 address. */
function endpointHost(endpoint: string): string {
  const bracketed = /^\[(.+)\](?::\d+)?$/.exec(endpoint)?.[1]
  if (bracketed !== undefined) return bracketed
  return endpoint.split(':').length === 2 ? endpoint.replace(/:\d*$/, '') : endpoint
}
