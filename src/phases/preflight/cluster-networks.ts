import { isIPv6, splitCidrs } from '../../cluster/cidr.ts'
import type { ClusterConfiguration } from '../../cluster/spec.ts'
import { contains } from '../../config/field/addresses.ts'
import { networksAround } from '../../config/kinds/node-networks.ts'
import type { Route } from '../../observe/machine/routes.ts'
import { type Check, type Finding, failure, warning } from './check.ts'
import type { NodeFacts } from './node-facts.ts'
import { type Addressed, addressOf, nodeIpOf } from './peers.ts'

/** Compares the networks of services and pods with those of the host. An overlap makes addresses unreachable. */
export const clusterNetworks: Check = {
  name: 'ClusterNetworks',
  run: ({ ctx: { cluster, node, session }, facts, earlier }) => {
    const { config } = cluster
    // A worker that is checked alone may join a cluster with other networks.
    const guessed = node.role === 'worker' && session.discovered === undefined
    // A node already has the routes of the network add-on.
    const isNode = guessed || earlier.ports.size > 0
    const found = [
      ...judgeOwnAddress(config, node),
      ...(isNode ? [] : judgeSurroundings(config, facts)),
      ...judgeFamily(config, node),
    ]
    return guessed ? found.map(finding => ({ ...finding, level: 'warning' as const })) : found
  },
}

interface Network {
  /** `serviceSubnet` */
  readonly field: string
  readonly cidr: string
}

function networksOf({ serviceSubnet, podSubnet = '' }: ClusterConfiguration['networking']): readonly Network[] {
  return [
    ...splitCidrs(serviceSubnet).map(cidr => ({ field: 'serviceSubnet', cidr })),
    ...splitCidrs(podSubnet).map(cidr => ({ field: 'podSubnet', cidr })),
  ]
}

/** Other nodes would send packets for this one to pods or services. */
export function judgeOwnAddress(config: ClusterConfiguration, node: Addressed): readonly Finding[] {
  const own = [addressOf(node), nodeIpOf(node), node.facts.defaultAddress, node.facts.defaultAddress6]
  const addresses = new Set(own.flatMap(address => address || []))
  return [...addresses].flatMap(address =>
    networksAround(config, address).map(({ field, message, remedy }) =>
      failure(`networking.${field}: ${message}`, `make the cluster with another ${field}: ${remedy}`),
    ),
  )
}

/** Returns addresses that pods cannot reach if a service or a pod has the same address. */
export function judgeSurroundings(
  { networking }: Pick<ClusterConfiguration, 'networking'>,
  { routes, nameServers }: Pick<NodeFacts, 'routes' | 'nameServers'>,
): readonly Finding[] {
  return networksOf(networking).flatMap(({ field, cidr }) => {
    const remedy = `choose another networking.${field}, or see that nothing in the cluster needs what is there`
    const servers = nameServers.filter(address => contains(cidr, address)).map(address => `the name server ${address}`)
    const inside = routes.filter(route => holds(cidr, route))
    const ways = inside.map(({ network, link }) => `the network ${network} behind ${link}`)
    return [...servers, ...ways].map(held => warning(`${field} ${cidr} contains ${held}`, remedy))
  })
}

/** Without node-ip, a kubelet uses the IPv4 address of a dual-stack host. */
export function judgeFamily(
  { networking: { serviceSubnet } }: Pick<ClusterConfiguration, 'networking'>,
  node: Addressed,
): readonly Finding[] {
  const families = new Set(splitCidrs(serviceSubnet).map(cidr => isIPv6(cidr.split('/')[0] ?? '')))
  const { defaultAddress, defaultAddress6 } = node.facts
  const own = nodeIpOf(node) ?? defaultAddress ?? defaultAddress6
  if (own === undefined || families.size !== 1 || families.has(isIPv6(own))) return []
  const [wanted, other] = families.has(true) ? ['IPv6', defaultAddress6] : ['IPv4', defaultAddress]
  const message = `the services of the cluster are ${wanted}, and the kubelet would take the address ${own}`
  if (other === undefined)
    return [failure(`${message}: this host has no ${wanted} address`, `add an ${wanted} address with a route`)]
  return [warning(message, `add node-ip=${other} to nodeRegistration.kubeletExtraArgs`)]
}

function holds(cidr: string, { network }: Route): boolean {
  const [address = '', prefix] = network.split('/')
  return contains(cidr, address) && Number(prefix) >= Number(cidr.split('/')[1])
}
