import type { MachineFacts } from '../../cluster/cluster.ts'
import { type Check, comparedWith, type Finding, warning } from './check.ts'
import { type Addressed, addressOf, nodeIpOf, type Peer, peersOf } from './peers.ts'

/**
 * Compares the MTU of the interfaces with the nodes' addresses. With different values, large packets are lost and small
 * ones are not.
 */
export const mtu: Check = {
  name: 'MTU',
  run: ({ ctx }) => {
    const { node } = ctx
    const peers = peersOf(ctx)
    const own = carrierOf(node.facts, nodeIpOf(node) ?? addressOf(node))
    const known = peers.filter(peer => carrierOf(peer.facts, peer.nodeIp ?? peer.address) !== undefined).length
    const compared = { what: "interface with the node's address", own, peers: peers.length, known }
    return comparedWith(compared, judgeMtu(node, peers))
  },
}

interface Carrier {
  readonly name: string
  readonly mtu: number
}

export function judgeMtu(node: Addressed, peers: readonly Peer[]): readonly Finding[] {
  const own = carrierOf(node.facts, nodeIpOf(node) ?? addressOf(node))
  if (own === undefined) return []
  const others = peers.flatMap(peer => {
    const carrier = carrierOf(peer.facts, peer.nodeIp ?? peer.address)
    return carrier === undefined ? [] : [{ ...carrier, node: peer.name }]
  })
  const usual = usualOf([own.mtu, ...others.map(other => other.mtu)])
  if (own.mtu === usual) return []
  const there = others.filter(other => other.mtu === usual).map(other => other.node)
  const message = `${own.name} has an MTU of ${own.mtu}; that of ${there.join(', ')} is ${usual}`
  return [
    warning(
      message,
      `set the same MTU on all nodes (\`ip link set ${own.name} mtu ${usual}\`), or set the smallest in the network add-on`,
    ),
  ]
}

function carrierOf(facts: MachineFacts | undefined, address: string | undefined): Carrier | undefined {
  return address === undefined ? undefined : facts?.links?.find(link => link.addresses.includes(address))
}

/** Returns the most frequent value; of several, the largest. */
function usualOf(values: readonly number[]): number {
  const count = (value: number) => values.filter(other => other === value).length
  return [...new Set(values)].sort((a, b) => count(b) - count(a) || b - a)[0] ?? 0
}
