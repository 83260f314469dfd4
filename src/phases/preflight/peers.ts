import type { MachineFacts, Node, Role } from '../../cluster/cluster.ts'
import type { Member } from '../../cluster/session.ts'
import { lastArg } from '../../render/static-pod/command.ts'
import type { PhaseContext } from '../phase.ts'

/** Another machine of the cluster, as far as this run knows it. */
export interface Peer {
  readonly name: string
  /** A node of this run. */
  readonly given?: true
  readonly role: Role
  /** The cluster has not heard of it for a while. */
  readonly away?: true
  readonly address?: string
  /** Where its kubelet serves, when it was told one. */
  readonly nodeIp?: string
  /** Of its kube-apiserver; absent for a worker, and where nobody told. */
  readonly bindPort?: number
  readonly hostname: string
  readonly machineId?: string
  readonly uuid?: string
  /** Read by this run: then its clock and its links are known, too. */
  readonly facts?: MachineFacts
}

/** What peers are made of: the other nodes of the run, the control plane it reads from, and the Nodes of the cluster. */
export type Surroundings = Pick<PhaseContext, 'cluster' | 'node' | 'session' | 'leader'>

/** Every machine but the node's own, each once. */
export function peersOf({ cluster, node, session, leader }: Surroundings): readonly Peer[] {
  const { members = [], leader: leaderFacts } = session.discovered ?? {}
  const given = cluster.nodes.filter(other => other.name !== node.name).map(ofNode)
  const known = new Set([node.name, ...given.map(peer => peer.name)])
  const others = members.filter(member => !known.has(member.name)).map(ofMember)
  if (leader === undefined || leaderFacts === undefined) return [...given, ...others]
  const isLeader = (peer: Peer) => sameMachine(peer, leaderFacts)
  if ([...given, ...others].some(isLeader))
    return [...given, ...others.map(peer => (isLeader(peer) ? { ...peer, facts: leaderFacts } : peer))]
  return [...given, ...others, ofLeader(leader.name, leaderFacts)]
}

/** The member of the cluster that has the node's name: an earlier join of this machine, or another machine. */
export function namesakeOf({ node, session }: Surroundings): Member | undefined {
  return session.discovered?.members?.find(member => member.name === node.name)
}

export type Addressed = Pick<Node, 'advertiseAddress' | 'kubeletExtraArgs' | 'facts'>

/** Where other machines reach a node: its API server and etcd, else its kubelet. */
export function addressOf(node: Addressed): string | undefined {
  const { advertiseAddress, facts } = node
  return advertiseAddress || nodeIpOf(node) || facts.defaultAddress || facts.defaultAddress6
}

/** The address that the kubelet was told to serve at; `0.0.0.0` and `::` only name the family of the default one. */
export function nodeIpOf({ kubeletExtraArgs }: Pick<Node, 'kubeletExtraArgs'>): string | undefined {
  const [first = ''] = (lastArg(kubeletExtraArgs, 'node-ip') ?? '').split(',')
  return ['', '0.0.0.0', '::'].includes(first.trim()) ? undefined : first.trim()
}

function ofNode(node: Node): Peer {
  const { name, role, facts, bindPort } = node
  const [address, nodeIp] = [addressOf(node), nodeIpOf(node)]
  return {
    ...identityOf(facts),
    name,
    given: true,
    role,
    facts,
    ...(address === undefined ? {} : { address }),
    ...(nodeIp === undefined ? {} : { nodeIp }),
    ...(role === 'worker' ? {} : { bindPort }),
  }
}

function ofMember({ name, controlPlane, addresses, away, machineId, systemUuid }: Member): Peer {
  const [address] = addresses
  return {
    name,
    role: controlPlane ? 'control-plane' : 'worker',
    hostname: name,
    ...(away === undefined ? {} : { away }),
    ...(address === undefined ? {} : { address }),
    ...(machineId === undefined ? {} : { machineId }),
    ...(systemUuid === undefined ? {} : { uuid: systemUuid }),
  }
}

function ofLeader(name: string, facts: MachineFacts): Peer {
  const address = facts.defaultAddress ?? facts.defaultAddress6
  const role = 'control-plane'
  return { ...identityOf(facts), name, role, facts, ...(address === undefined ? {} : { address }) }
}

function identityOf(facts: MachineFacts): Pick<Peer, 'hostname' | 'machineId' | 'uuid'> {
  const { hostname, machineId, productUuid } = facts
  return {
    hostname: hostname.toLowerCase(),
    ...(machineId === undefined ? {} : { machineId }),
    ...(productUuid === undefined ? {} : { uuid: productUuid }),
  }
}

function sameMachine(peer: Peer, facts: MachineFacts): boolean {
  return peer.hostname === facts.hostname.toLowerCase() && (peer.machineId ?? facts.machineId) === facts.machineId
}
