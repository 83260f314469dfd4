import { connectionFailure, type FailureKind } from '../../clients/https/connection-failure.ts'
import { hostPort } from '../../cluster/cidr.ts'
import { components, kubeletPorts } from '../../cluster/components.ts'
import { given } from '../../cluster/given.ts'
import { isLoopback } from '../../config/field/addresses.ts'
import { isKadmError } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { ownApi } from '../../observe/machine/static-pod.ts'
import type { PhaseContext } from '../phase.ts'
import { type Check, type Finding, failure, skipped, warning } from './check.ts'
import { ownAddressRemedy } from './duplicate-address.ts'
import { addressOf, nodeIpOf, ownAddresses, type Peer, peersOf } from './peers.ts'

const patienceMs = 5000

/** A network path that the cluster uses. */
interface Path {
  readonly host: HostReader
  /** The name of the sending end. */
  readonly from: string
  readonly to: string
  readonly address: string
  readonly port: number
  /** True if a server already listens there, so that a refused connection is an error too. */
  readonly serves?: true
  /** True if that end has not reported to the cluster for a while. */
  readonly away?: true
  /** The remedy if the sending end has this address itself. */
  readonly itself?: string
}

/**
 * Tries the ports that nodes use of each other from the node itself. A refused connection proves that the packet
 * arrived; only a timeout and "no route" are failures. So no server has to listen, and nothing is installed.
 */
export const portReachable: Check = {
  name: 'PortReachable',
  run: async ({ ctx }) => {
    const { signal } = ctx.session
    const ways = pathsOf(ctx)
    if (ways.length === 0) return [skipped('there is no other host whose ports this one needs')]
    const tried = await Promise.all(
      ways.map(async path => {
        const outcome = await tryPath(path, signal)
        const asks = path.serves === true && outcome.came !== 'open' && path.itself === undefined
        const behind = asks ? await findApiBehind(ctx) : undefined
        return judgePath(path, outcome, behind)
      }),
    )
    return tried.flat()
  },
}

/**
 * Returns the address of the control plane that the run reads from, such as `10.0.0.1:6443`, if it answers there
 * although the endpoint does not.
 */
async function findApiBehind({ source, session }: PhaseContext): Promise<string | undefined> {
  const own = source && (await ownApi(source))
  if (source === undefined || own === undefined) return undefined
  const { address, port } = own
  const outcome = await tryPath({ host: source, from: source.name, to: source.name, address, port }, session.signal)
  return outcome.came === 'open' ? hostPort(address, port) : undefined
}

/** Returns the paths from this node to the others, and from the source control plane to this node. */
export function pathsOf(ctx: PhaseContext): readonly Path[] {
  const { host, node, source, cluster } = ctx
  const stacked = cluster.config.etcd.local !== undefined
  const outward = peersOf(ctx).flatMap(peer => {
    const { address, nodeIp = address, name, away } = peer
    if (address === undefined || nodeIp === undefined) return []
    // This host itself answers there; DuplicateAddress reports it.
    if (ownAddresses(node.facts).includes(address)) return []
    const path = { host, from: node.name, to: name, ...given({ away }) }
    return portsBetween(node.role, peer, stacked).map(port => ({ ...path, ...at(port, address, nodeIp) }))
  })
  const own = addressOf(node)
  const inward =
    source === undefined || own === undefined || sourceHas(ctx, own)
      ? []
      : portsBetween('control-plane', node, stacked).map(port => ({
          host: source,
          from: source.name,
          to: node.name,
          ...at(port, own, nodeIpOf(node) ?? own),
        }))
  return [...endpointOf(ctx), ...outward, ...inward]
}

function sourceHas({ session }: PhaseContext, address: string): boolean {
  const facts = session.discovered?.source
  return facts !== undefined && ownAddresses(facts).includes(address)
}

/** The kubelet may have its own address. */
function at(port: number, address: string, nodeIp: string): Pick<Path, 'address' | 'port'> {
  return { address: port === kubeletPorts.api ? nodeIp : address, port }
}

/** The API that the node joins, which already exists. An unreachable one was reported before the run. */
function endpointOf({ host, node, session }: PhaseContext): readonly Path[] {
  const { server, assumed } = session.discovered ?? {}
  if (server === undefined || assumed === true) return []
  const url = new URL(server)
  const address = url.hostname.replace(/^\[|\]$/g, '')
  const own = ownAddresses(node.facts).includes(address) || address === 'localhost' || isLoopback(address)
  const itself = own ? { itself: ownAddressRemedy(node, address) } : {}
  return [{ host, from: node.name, to: 'the cluster', address, port: Number(url.port || 443), serves: true, ...itself }]
}

/** Returns the ports that a node of one role needs of another node. Source: Kubernetes, "Ports and Protocols". */
function portsBetween(from: Peer['role'], to: Pick<Peer, 'role' | 'bindPort'>, stacked: boolean): readonly number[] {
  const api = to.role === 'control-plane' && to.bindPort !== undefined && to.bindPort > 0 ? [to.bindPort] : []
  if (from === 'worker') return api
  return [...api, ...(to.role === 'control-plane' && stacked ? components.etcd.ports : []), kubeletPorts.api]
}

interface Outcome {
  readonly came: 'open' | 'refused' | 'lost'
  readonly why: string
  readonly kind?: FailureKind
}

async function tryPath({ host, address, port }: Path, stop: AbortSignal): Promise<Outcome> {
  const limit = AbortSignal.timeout(patienceMs)
  try {
    const stream = await host.connect({ host: address, port }, { signal: AbortSignal.any([limit, stop]) })
    stream.destroy()
    return { came: 'open', why: '' }
  } catch (error) {
    if (error === limit.reason) return { came: 'lost', why: `no answer within ${patienceMs / 1000} s` }
    if (!isKadmError(error, 'HOST_CONNECT')) throw error
    const { says, kind } = connectionFailure(error)
    return { came: kind === 'refused' ? 'refused' : 'lost', why: says, kind }
  }
}

function judgePath(path: Path, { came, why, kind }: Outcome, behind?: string): readonly Finding[] {
  const { from, to, address, port, serves, away } = path
  const way = `${hostPort(address, port)} (${to}) from ${from}`
  if (path.itself !== undefined && came !== 'open')
    return [failure(`cannot reach ${way}: ${address} is an address of ${from} itself (${why})`, path.itself)]
  if (behind !== undefined && kind !== 'name') {
    const remedy = `the API server behind it answers at ${behind}: check the load balancer or the DNS name`
    return [failure(`cannot reach ${way}: ${why}`, remedy)]
  }
  if (came === 'lost' && away === true) {
    const remedy = `${to} is not reporting to the cluster either: start it again, or remove it with \`kadm node remove ${to} --host …\``
    return [warning(`cannot reach ${way}: ${why}`, remedy)]
  }
  if (came === 'lost') return [failure(`cannot reach ${way}: ${why}`, remedyFor(path, kind))]
  if (came === 'open' || serves !== true) return []
  return [failure(`cannot reach ${way}: ${why}`, 'see that the API server or its load balancer runs there')]
}

/** Many firewalls answer with "no route". A name that does not resolve is not a firewall. */
function remedyFor({ from, to, address, port }: Path, kind: FailureKind | undefined): string {
  if (kind === 'name') return `see that ${from} can look up ${address}: by its DNS settings, or in /etc/hosts`
  const open = `open TCP port ${port} in the firewalls between ${from} and ${to}`
  return kind === 'route' ? `${open}, and check the route` : open
}
