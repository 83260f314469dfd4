import type { EtcdMember } from '../clients/etcd/etcd.ts'
import type { KubeObject } from '../cluster/kube-object.ts'

/**
 * The member of etcd on a node that is looked at from elsewhere: by its name, which is the node's; else by an address of
 * the Node, as a member has no name before its first start.
 */
export function memberOfNode(
  members: readonly EtcdMember[],
  name: string,
  node: KubeObject | undefined,
): EtcdMember | undefined {
  const { addresses = [] } = (node?.status ?? {}) as { readonly addresses?: readonly Address[] }
  const own = new Set(addresses.filter(({ type }) => type === 'InternalIP').map(({ address }) => address))
  const hosts = (member: EtcdMember) => member.peerUrls.map(url => new URL(url).hostname.replace(/^\[|\]$/g, ''))
  return (
    members.find(member => member.name === name) ?? members.find(member => hosts(member).some(host => own.has(host)))
  )
}

interface Address {
  readonly type: string
  readonly address: string
}
