import { isIP } from 'node:net'
import { type EtcdMember, memberHosts, showMemberId } from '../../clients/etcd/etcd.ts'
import { internalIps, nodeAddresses } from '../../clients/kube/node.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import { staticPodOf } from '../machine/static-pod.ts'

/** Objects of the cluster that relate Nodes to etcd members. */
export interface ClusterObjects {
  readonly nodes: readonly KubeObject[]
  /** The mirror pods of etcd. */
  readonly etcdPods: readonly KubeObject[]
}

const nothing: ClusterObjects = { nodes: [], etcdPods: [] }

/**
 * Returns the etcd member of a node as seen from another host: by its name, which is the node's unless its static pod
 * sets another. An unstarted member has no name and is found by an address of the Node. After a join that ended before
 * its Node existed, `name` can be the address or the ID of such a member.
 */
export function memberOfNode(
  members: readonly EtcdMember[],
  name: string,
  { nodes, etcdPods }: ClusterObjects = nothing,
): EtcdMember | undefined {
  const named = members.find(member => member.name === name)
  if (named !== undefined) return named
  const node = nodes.find(({ metadata }) => metadata.name === name)
  const unstarted = members.filter(member => member.name === '')
  if (node === undefined) return unstarted.find(member => isMeant(member, name))
  const pods = etcdPods.filter(pod => nodeNameOf(pod) === name)
  return members.find(member => pods.some(pod => isOfPod(member, pod))) ?? unstarted.find(one => isAt(one, node))
}

/** A member with another name that may belong to a Node, and why this is uncertain. */
export interface UnmatchedMember {
  readonly member: EtcdMember
  /** `heir`: it has the name of another Node and an address of this one. `none`: no Node has its name or address. */
  readonly kind: 'heir' | 'atAddress' | 'none'
}

/** Returns the started member that may belong to a Node without a known member. */
export function unmatchedMemberOf(
  members: readonly EtcdMember[],
  node: KubeObject,
  { nodes, etcdPods }: ClusterObjects,
): UnmatchedMember | undefined {
  const others = nodes.filter(({ metadata }) => metadata.name !== node.metadata.name)
  const started = members.filter(({ name }) => name !== '')
  const isOthers = (member: EtcdMember) =>
    others.some(({ metadata }) => metadata.name === member.name) ||
    etcdPods.some(pod => nodeNameOf(pod) !== node.metadata.name && isOfPod(member, pod))
  const here = started.filter(member => isAt(member, node, anyAddress))
  const own = here.find(member => !isOthers(member))
  if (own !== undefined) return { member: own, kind: 'atAddress' }
  const [heir] = here
  if (heir !== undefined) return { member: heir, kind: 'heir' }
  if (!isControlPlane(node)) return undefined
  const loose = started.find(member => !isOthers(member) && !others.some(other => isAt(member, other, anyAddress)))
  return loose === undefined ? undefined : { member: loose, kind: 'none' }
}

/** True for a Node with kubeadm's label of control planes. */
function isControlPlane({ metadata }: KubeObject): boolean {
  return metadata.labels?.['node-role.kubernetes.io/control-plane'] !== undefined
}

/** Compares name and peer URL, because another host may have the address now. */
function isOfPod({ name, peerUrls }: EtcdMember, pod: KubeObject): boolean {
  // The container is called etcd, the pod etcd-cp1.
  const flags = staticPodOf({ ...pod, metadata: { ...pod.metadata, name: 'etcd' } })?.flags
  const urls = flags?.get('initial-advertise-peer-urls')?.split(',') ?? []
  return name !== '' && name === flags?.get('name') && urls.some(url => peerUrls.includes(url))
}

function nodeNameOf(pod: KubeObject): string | undefined {
  return (pod.spec as { readonly nodeName?: string } | undefined)?.nodeName
}

const anyAddress = (node: KubeObject) => nodeAddresses(node).map(({ address }) => address)

/** Hosts can share an external address, so an external address alone is not proof. */
function isAt(
  member: EtcdMember,
  node: KubeObject,
  addressesOf: (node: KubeObject) => readonly string[] = internalIps,
): boolean {
  const own = new Set(addressesOf(node))
  const hosts = [member.peerUrls, member.clientUrls].flatMap(urls => memberHosts({ peerUrls: urls }))
  return hosts.some(host => own.has(host))
}

/** True if a name on the command line is the ID of this member, as kadm shows it, or its address. */
function isMeant(member: EtcdMember, name: string): boolean {
  return [showMemberId(member.id), ...memberHosts(member)].includes(plain(name))
}

/** Normalizes addresses and IDs: `[FD00::1]` and `fd00:0::1` become `fd00::1`; an ID can begin with 0x. */
function plain(name: string): string {
  const bare = name.toLowerCase().replace(/^\[|\]$/g, '')
  return isIP(bare) === 6 ? new URL(`http://[${bare}]`).hostname.slice(1, -1) : bare.replace(/^0x/, '')
}
