import type { LocalEndpoint, MachineFacts, Node, Role } from '../../cluster/cluster.ts'
import { given } from '../../cluster/given.ts'
import type { ClusterNode } from '../../cluster/session.ts'
import { lastArg } from '../../render/static-pod/command.ts'
import type { PhaseContext } from '../phase.ts'

/** Another host of the cluster, as far as this run knows it. */
export interface Peer {
  readonly name: string
  /** True for a node of this run. */
  readonly given?: true
  readonly role: Role
  /** True if it has not reported to the cluster for a while. */
  readonly away?: true
  readonly address?: string
  /** The configured address of its kubelet. */
  readonly nodeIp?: string
  /** The port of its kube-apiserver; absent for a worker, or if unknown. */
  readonly bindPort?: number
  readonly hostname: string
  readonly machineId?: string
  readonly uuid?: string
  /** Facts that this run has read, including its clock and links. */
  readonly facts?: MachineFacts
}

/** The sources of peers: the other nodes of the run, the control plane it reads from, and the Nodes of the cluster. */
export type Surroundings = Pick<PhaseContext, 'cluster' | 'node' | 'session' | 'source'>

/** Returns every host except the node's own, each once. */
export function peersOf({ cluster, node, session, source }: Surroundings): readonly Peer[] {
  const { members = [], source: sourceFacts } = session.discovered ?? {}
  const given = cluster.nodes.filter(other => other.name !== node.name).map(ofNode)
  const known = new Set(cluster.nodes.map(({ name }) => name))
  const renamed = (member: ClusterNode) => cluster.nodes.some(({ facts }) => isThisMachine(member, facts))
  const others = members.filter(member => !known.has(member.name) && !renamed(member))
  if (source === undefined || sourceFacts === undefined) return [...given, ...others.map(ofMember)]
  const isSource = (member: ClusterNode) => named(member, sourceFacts) || isThisMachine(member, sourceFacts)
  const peers = others.map(member => ({ ...ofMember(member), ...(isSource(member) ? { facts: sourceFacts } : {}) }))
  if (others.some(isSource) || given.some(({ hostname }) => hostname === sourceFacts.hostname.toLowerCase()))
    return [...given, ...peers]
  return [...given, ...peers, ofSource(source.name, sourceFacts)]
}

/** Returns the Node of the cluster with the node's name: an earlier join of this host, or another host. */
export function nodeWithSameName({ node, session }: Surroundings): ClusterNode | undefined {
  return session.discovered?.members?.find(member => member.name === node.name)
}

export type Addressed = Pick<Node, 'kubeletExtraArgs' | 'facts'> & Partial<Pick<LocalEndpoint, 'advertiseAddress'>>

/** Returns the address at which other hosts reach a node: of its API server and etcd, else of its kubelet. */
export function addressOf(node: Addressed): string | undefined {
  const { advertiseAddress, facts } = node
  return advertiseAddress || nodeIpOf(node) || facts.defaultAddress || facts.defaultAddress6
}

/** Returns the configured address of the kubelet. `0.0.0.0` and `::` only select the family of the default address. */
export function nodeIpOf({ kubeletExtraArgs }: Pick<Node, 'kubeletExtraArgs'>): string | undefined {
  const [first = ''] = (lastArg(kubeletExtraArgs, 'node-ip') ?? '').split(',')
  return ['', '0.0.0.0', '::'].includes(first.trim()) ? undefined : first.trim()
}

function ofNode(node: Node): Peer {
  const { name, role, facts } = node
  const [address, nodeIp] = [addressOf(node), nodeIpOf(node)]
  return {
    ...identityOf(facts),
    name,
    given: true,
    role,
    facts,
    ...given({ address, nodeIp }),
    ...given({ bindPort: node.role === 'worker' ? undefined : node.bindPort }),
  }
}

function ofMember({ name, controlPlane, addresses, away, machineId, systemUuid }: ClusterNode): Peer {
  const [address] = addresses
  return {
    name,
    role: controlPlane ? 'control-plane' : 'worker',
    hostname: name,
    ...given({ away, address, machineId, uuid: systemUuid }),
  }
}

function ofSource(name: string, facts: MachineFacts): Peer {
  const address = facts.defaultAddress ?? facts.defaultAddress6
  const role = 'control-plane'
  return { ...identityOf(facts), name, role, facts, ...given({ address }) }
}

function identityOf(facts: MachineFacts): Pick<Peer, 'hostname' | 'machineId' | 'uuid'> {
  const { hostname, machineId, productUuid } = facts
  return { hostname: hostname.toLowerCase(), ...given({ machineId, uuid: productUuid }) }
}

function named({ name, machineId }: ClusterNode, facts: MachineFacts): boolean {
  return name === facts.hostname.toLowerCase() && (machineId ?? facts.machineId) === facts.machineId
}

/** Returns the Node of the cluster that is this host under another name. */
export function earlierNode({ node, session }: Surroundings): ClusterNode | undefined {
  return session.discovered?.members?.find(member => member.name !== node.name && isThisMachine(member, node.facts))
}

/**
 * True if a Node of the cluster runs, or ran, on this host. A clone has the same machine ID but its own boot, and a
 * Node that reports to the cluster is at its address. The same applies to containers, which share a boot.
 */
export function isThisMachine(member: ClusterNode, facts: MachineFacts): boolean {
  if (member.machineId === undefined || member.machineId !== facts.machineId) return false
  const here = runsHere(member, facts)
  if (member.bootId === undefined || facts.bootId === undefined) return here
  if (member.away === true) return here || member.bootId === facts.bootId
  return here && member.bootId === facts.bootId
}

/** True if the host has an address of the Node. */
export function runsHere({ addresses }: Pick<ClusterNode, 'addresses'>, facts: MachineFacts): boolean {
  const own = ownAddresses(facts)
  return addresses.some(address => own.includes(address))
}

export function ownAddresses({ defaultAddress, defaultAddress6, links = [] }: MachineFacts): readonly string[] {
  const chosen = [defaultAddress, defaultAddress6].filter(address => address !== undefined)
  return [...new Set([...chosen, ...links.flatMap(({ addresses }) => addresses)])]
}
