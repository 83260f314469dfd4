import { splitCidrs } from '../cluster/cidr.ts'
import { type Network, readIp, readNetwork } from '../cluster/ip.ts'
import type { ClusterNode } from '../cluster/session.ts'
import type { ClusterConfiguration } from '../cluster/spec.ts'
import { normalizeIp } from './alt-names.ts'
import { apiServerSans } from './cert-sans.ts'
import type { KnownNode } from './judge-serving-request.ts'

export interface NamesInput {
  /** What each host of --host reports about itself. */
  readonly hosts: readonly {
    readonly node: string
    readonly hostname: string
    readonly addresses: readonly string[]
  }[]
  /** Names and addresses that the operator gives for a node. */
  readonly given: ReadonlyMap<string, readonly string[]>
  readonly nodes: readonly ClusterNode[]
  readonly config: ClusterConfiguration
}

/**
 * Returns what is known about the names of each node. A host reports its own addresses, so that root on a worker could
 * add one to an interface: the names of the API server, of services and of other Nodes are not those of a worker, unless
 * the operator gives them.
 */
export function knownNodes({ hosts, given, nodes, config }: NamesInput): ReadonlyMap<string, KnownNode> {
  const names = new Set([...hosts.map(({ node }) => node), ...given.keys()])
  return new Map(
    [...names].map(node => {
      const byOperator = (given.get(node) ?? []).map(normalized)
      const host = hosts.find(one => one.node === node)
      const own = host === undefined ? [] : [node, host.hostname, ...host.addresses].filter(Boolean).map(normalized)
      const taken = takenNames(node, { nodes, config })
      const refused = own.flatMap(name => {
        const why = byOperator.includes(name) ? undefined : taken(name)
        return why === undefined ? [] : [[name, why] as const]
      })
      return [node, { node, names: new Set([...byOperator, ...own]), refused: new Map(refused) }] as const
    }),
  )
}

/** Returns a function with the reason why a name does not belong to a node. */
function takenNames(
  own: string,
  { nodes, config }: Pick<NamesInput, 'nodes' | 'config'>,
): (name: string) => string | undefined {
  const controlPlane = nodes.some(({ name, controlPlane }) => name === own && controlPlane)
  const others = nodes.filter(({ name }) => name !== own)
  const api = apiServerSans({ config }, { name: own, advertiseAddress: '' })
  const ofApi = [...api.dns, ...api.ips, 'localhost'].filter(name => name !== own)
  const services = splitCidrs(config.networking.serviceSubnet).flatMap(cidr => readNetwork(cidr) ?? [])
  return name => {
    const other = others.find(node => node.name === name || node.addresses.map(normalized).includes(name))
    if (other !== undefined) return `belongs to the Node ${other.name}`
    // A control plane serves the API under these names, and holds the key of the CA.
    if (controlPlane) return undefined
    if (ofApi.includes(name)) return 'is a name or an address of the API server'
    const inServices = services.some(network => isWithin(name, network))
    return inServices ? 'is an address of the service network' : undefined
  }
}

function isWithin(text: string, { first, prefix }: Network): boolean {
  const address = readIp(text)
  return address !== undefined && address.kind() === first.kind() && address.match(first, prefix)
}

function normalized(name: string): string {
  return normalizeIp(name) ?? name.toLowerCase()
}
