import { isIP } from 'node:net'
import { type EtcdMember, memberHosts, showMemberId } from '../../clients/etcd/etcd.ts'
import { internalIps, nodeAddresses } from '../../clients/kube/node.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import { staticPodOf } from '../machine/static-pod.ts'

/** What the cluster shows of its nodes, beside the members of etcd. */
export interface ClusterObjects {
  readonly nodes: readonly KubeObject[]
  /** The Pods by which the kubelets show the static pod of etcd. */
  readonly etcdPods: readonly KubeObject[]
}

const nothing: ClusterObjects = { nodes: [], etcdPods: [] }

/**
 * The member of etcd on a node that is looked at from elsewhere: by its name, which is the node's unless its static pod
 * gives it another; else, as a member has no name before its first start, one without at an address of the Node. Where a
 * join ended before there was a Node, `name` may be the address or the id of such a member.
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

/** A member that may be a Node's though its name is not, and why that is not known. */
export interface UnmatchedMember {
  readonly member: EtcdMember
  /** `heir`: another Node has its name, and it has an address of this one. `none`: no Node has its name or an address of it. */
  readonly kind: 'heir' | 'atAddress' | 'none'
}

/** The started member that a Node without a known member may have. */
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

/** kubeadm's sign of a control plane. */
function isControlPlane({ metadata }: KubeObject): boolean {
  return metadata.labels?.['node-role.kubernetes.io/control-plane'] !== undefined
}

/** By name and peer URL: another host may have come to the address since. */
function isOfPod({ name, peerUrls }: EtcdMember, pod: KubeObject): boolean {
  // Its container is called etcd, the Pod etcd-cp1.
  const flags = staticPodOf({ ...pod, metadata: { ...pod.metadata, name: 'etcd' } })?.flags
  const urls = flags?.get('initial-advertise-peer-urls')?.split(',') ?? []
  return name !== '' && name === flags?.get('name') && urls.some(url => peerUrls.includes(url))
}

function nodeNameOf(pod: KubeObject): string | undefined {
  return (pod.spec as { readonly nodeName?: string } | undefined)?.nodeName
}

const anyAddress = (node: KubeObject) => nodeAddresses(node).map(({ address }) => address)

/** Hosts may share an external address, so that alone makes no member a Node's. */
function isAt(
  member: EtcdMember,
  node: KubeObject,
  addressesOf: (node: KubeObject) => readonly string[] = internalIps,
): boolean {
  const own = new Set(addressesOf(node))
  const hosts = [member.peerUrls, member.clientUrls].flatMap(urls => memberHosts({ peerUrls: urls }))
  return hosts.some(host => own.has(host))
}

/** Whether a name on the command line is the id of this member, as kadm shows it, or its address. */
function isMeant(member: EtcdMember, name: string): boolean {
  return [showMemberId(member.id), ...memberHosts(member)].includes(plain(name))
}

/** `[FD00::1]` and `fd00:0::1` are `fd00::1`, as in a URL; an id may be written with 0x. */
function plain(name: string): string {
  const bare = name.toLowerCase().replace(/^\[|\]$/g, '')
  return isIP(bare) === 6 ? new URL(`http://[${bare}]`).hostname.slice(1, -1) : bare.replace(/^0x/, '')
}
