import type { Node } from '../../cluster/cluster.ts'
import type { ClusterNode } from '../../cluster/session.ts'
import { type Check, type Finding, failure, warning } from './check.ts'
import { isThisMachine, nodeIpOf, ownAddresses, type Peer, peersOf } from './peers.ts'

/** Fails for an address that two hosts share, as behind the NAT of a hypervisor: each of them reaches itself there. */
export const duplicateAddress: Check = {
  name: 'DuplicateAddress',
  run: ({ ctx }) => {
    const shared = judgeAddresses(ctx.node, peersOf(ctx), ctx.session.discovered?.members ?? [])
    return shared.length > 0 ? shared : judgeNat(ctx.node)
  },
}

export function judgeAddresses(
  node: Node,
  peers: readonly Peer[],
  members: readonly ClusterNode[],
): readonly Finding[] {
  const own = ownAddresses(node.facts)
  const twins = members.filter(member => member.name !== node.name && !isThisMachine(member, node.facts))
  const ofMembers = twins.flatMap(({ name, addresses, away }) =>
    addresses.filter(address => own.includes(address)).map(address => ({ name, address, away })),
  )
  const known = new Set(ofMembers.map(({ name }) => name))
  const ofPeers = peers
    .filter(({ name }) => !known.has(name))
    .flatMap(({ name, address, nodeIp }) =>
      [address, nodeIp].flatMap(one => (one !== undefined && own.includes(one) ? [{ name, address: one }] : [])),
    )
    .filter((one, i, all) => all.findIndex(other => other.name === one.name && other.address === one.address) === i)
  return [
    ...ofMembers.map(one => (one.away ? gone(one.name, one.address) : shared(node, one.name, one.address))),
    ...ofPeers.map(one => shared(node, one.name, one.address)),
  ]
}

function gone(name: string, address: string): Finding {
  const remedy = `if ${name} is gone for good: \`kadm node remove ${name}\``
  return warning(`${address} is the address of the Node ${name}, which is not reporting to the cluster`, remedy)
}

function shared(node: Node, name: string, address: string): Finding {
  const message = `${address} is an address of this host and that of ${name}, too: neither reaches the other there`
  return failure(message, ownAddressRemedy(node, address))
}

/** Returns how to give hosts addresses of their own. `address` is the shared one. */
export function ownAddressRemedy({ facts }: Pick<Node, 'facts'>, address: string): string {
  const others = ownAddresses(facts).filter(other => other !== address && !/^(fe80:|169\.254\.)/i.test(other))
  const here = others.length === 0 ? '' : ` (this host has ${others.join(', ')})`
  return (
    'give every host an address on a shared network' +
    `${here}: --apiserver-advertise-address for the init of the first control plane and for control planes that join, ` +
    'and node-ip in nodeRegistration.kubeletExtraArgs for every node'
  )
}

/** The address of every VirtualBox host on its own NAT network. */
const natAddress = '10.0.2.15'

function judgeNat(node: Node): readonly Finding[] {
  const used = node.role === 'control-plane' ? node.advertiseAddress : (nodeIpOf(node) ?? node.facts.defaultAddress)
  if (used !== natAddress || ownAddresses(node.facts).length < 2) return []
  return [
    warning(
      `${natAddress} is the address that VirtualBox assigns to every NAT guest`,
      ownAddressRemedy(node, natAddress),
    ),
  ]
}
