import type { Node } from '../../cluster/cluster.ts'
import type { ClusterNode } from '../../cluster/session.ts'
import { type Check, comparedWith, type Finding, failure, warning } from './check.ts'
import { nodeWithSameName, type Peer, peersOf, runsHere } from './peers.ts'

/** Nodes are identified by name: the second host of the same name takes over the Node of the first. */
export const duplicateHostname: Check = {
  name: 'DuplicateHostname',
  run: ({ ctx }) => {
    const peers = peersOf(ctx)
    const known = peers.length > 0 || ctx.session.discovered?.members !== undefined ? 1 : 0
    const compared = { what: 'host name', own: ctx.node.facts.hostname, peers: known, known }
    return comparedWith(compared, judgeSharedHostname(ctx.node, peers, nodeWithSameName(ctx)))
  },
}

export function judgeSharedHostname(
  node: Node,
  peers: readonly Peer[],
  namesake: ClusterNode | undefined,
): readonly Finding[] {
  const own = node.facts.hostname.toLowerCase()
  const remedy = 'give each host its own hostname (`hostnamectl set-hostname NAME`), or join it with --node-name'
  // A host that joins under another name may share its host name with an existing node.
  const twins = peers.filter(peer => peer.hostname === own && (peer.given || node.name === own))
  const found = twins.map(peer => failure(`the host name ${own} is that of ${peer.name}, too`, remedy))
  if (namesake === undefined || !differs(namesake, node)) return found
  const message = `the cluster has a Node ${node.name}, and it is a different host`
  return [
    ...found,
    failure(message, `${remedy}; or remove the old one first: \`kadm node remove ${node.name} --host …\``),
  ]
}

/** A Node without an ID may be this host. A clone has the same ID, but another boot and another address. */
function differs(member: ClusterNode, { facts }: Node): boolean {
  if (member.machineId === undefined || facts.machineId === undefined) return false
  if (member.machineId !== facts.machineId) return true
  const booted = member.bootId !== undefined && facts.bootId !== undefined && member.bootId !== facts.bootId
  return booted && member.away !== true && !runsHere(member, facts)
}

/** Fails for a cloned host: DHCP servers, network add-ons and log collectors treat the two as one. */
export const duplicateMachineId: Check = {
  name: 'DuplicateMachineID',
  run: ({ ctx }) => {
    const peers = peersOf(ctx)
    const known = peers.filter(peer => peer.machineId !== undefined).length
    const compared = { what: 'machine-id', own: ctx.node.facts.machineId, peers: peers.length, known }
    return comparedWith(compared, judgeMachineId(ctx.node, peers))
  },
}

export function judgeMachineId({ facts }: Node, peers: readonly Peer[]): readonly Finding[] {
  const id = facts.machineId
  const twins = id === undefined ? [] : peers.filter(peer => peer.machineId === id)
  const remedy =
    'one host is a clone of the other: before this host joins, create a new machine ID and reboot: `rm -f /etc/machine-id /var/lib/dbus/machine-id && systemd-machine-id-setup`'
  return twins.map(peer => failure(`/etc/machine-id is that of ${peer.name}, too: ${id}`, remedy))
}

/** Only a warning: containers of one host share the UUID, some boards do, and nothing in Kubernetes itself fails. */
export const duplicateProductUuid: Check = {
  name: 'DuplicateProductUUID',
  run: ({ ctx }) => {
    const peers = peersOf(ctx)
    const known = peers.filter(peer => peer.uuid !== undefined).length
    const compared = { what: 'product UUID', own: ctx.node.facts.productUuid, peers: peers.length, known }
    return comparedWith(compared, judgeProductUuid(ctx.node, peers))
  },
}

export function judgeProductUuid({ facts }: Node, peers: readonly Peer[]): readonly Finding[] {
  const uuid = facts.productUuid
  const twins = uuid === undefined ? [] : peers.filter(peer => peer.uuid === uuid)
  const remedy = 'give each virtual machine its own UUID in the hypervisor'
  return twins.map(peer => warning(`the firmware's product_uuid is that of ${peer.name}, too: ${uuid}`, remedy))
}
