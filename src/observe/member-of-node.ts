import { isIP } from 'node:net'
import { type EtcdMember, memberHosts, showMemberId } from '../clients/etcd/etcd.ts'
import type { KubeObject } from '../cluster/kube-object.ts'

/**
 * The member of etcd on a node that is looked at from elsewhere: by its name, which is the node's; else, as a member has
 * no name before its first start, one without at an address of the Node. Where a join ended before there was a Node,
 * `name` may be the address or the id of such a member.
 */
export function memberOfNode(
  members: readonly EtcdMember[],
  name: string,
  node: KubeObject | undefined,
): EtcdMember | undefined {
  const named = members.find(member => member.name === name)
  if (named !== undefined) return named
  const unstarted = members.filter(member => member.name === '')
  return node === undefined
    ? unstarted.find(member => isMeant(member, name))
    : unstarted.find(member => isAt(member, node))
}

/** A member of another name at an address of the Node: that of a machine which came after it, or one with a name of its own. */
export function memberInPlaceOf(members: readonly EtcdMember[], node: KubeObject): EtcdMember | undefined {
  return members.find(member => member.name !== node.metadata.name && isAt(member, node))
}

function isAt(member: EtcdMember, node: KubeObject): boolean {
  const { addresses = [] } = (node.status ?? {}) as { readonly addresses?: readonly Address[] }
  const own = new Set(addresses.filter(({ type }) => type === 'InternalIP').map(({ address }) => address))
  return memberHosts(member).some(host => own.has(host))
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

interface Address {
  readonly type: string
  readonly address: string
}
