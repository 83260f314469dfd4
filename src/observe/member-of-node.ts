import { isIP } from 'node:net'
import { type EtcdMember, memberHosts, showMemberId } from '../clients/etcd/etcd.ts'
import type { KubeObject } from '../cluster/kube-object.ts'

/**
 * The member of etcd on a node that is looked at from elsewhere: by its name, which is the node's; else by an address of
 * the Node, as a member has no name before its first start. Where a join ended before there was a Node, `name` may be
 * the address or the id of such a member.
 */
export function memberOfNode(
  members: readonly EtcdMember[],
  name: string,
  node: KubeObject | undefined,
): EtcdMember | undefined {
  const named = members.find(member => member.name === name)
  if (named !== undefined) return named
  if (node === undefined) return members.find(member => member.name === '' && isMeant(member, name))
  const { addresses = [] } = (node.status ?? {}) as { readonly addresses?: readonly Address[] }
  const own = new Set(addresses.filter(({ type }) => type === 'InternalIP').map(({ address }) => address))
  return members.find(member => memberHosts(member).some(host => own.has(host)))
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
