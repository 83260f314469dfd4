import { type EtcdMember, showMemberId } from '../../clients/etcd/etcd.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import type { EtcdData } from '../../observe/etcd-data.ts'
import { etcdPeerUrl, type EtcdMember as NamedMember } from '../../render/etcd.ts'

/** What an earlier run of a join, or an earlier life of the machine, asks for before this node can be a member. */
export interface MemberPlan {
  /** It is a voter with its data in place: nothing is left to do. */
  readonly done: boolean
  /** The member that has to go first: it once had data here and has lost it. */
  readonly remove?: EtcdMember
  /** Data of another membership is in the way; etcd would refuse it. */
  readonly clear: boolean
}

/** Compares what etcd knows of this node's peer URL with what its data directory says. */
export function planMember(members: readonly EtcdMember[], peerUrl: string, data: EtcdData): MemberPlan {
  const member = members.find(({ peerUrls }) => peerUrls.includes(peerUrl))
  const own = data.kind === 'member' && data.id === member?.id
  const clear = data.kind !== 'none' && !own
  const started = member !== undefined && member.name !== ''
  return {
    done: own && started && member?.learner === false,
    ...(started && !own ? { remove: member } : {}),
    clear,
  }
}

/**
 * The members for `--initial-cluster`, in etcd's order. etcd compares the URLs; a member that has no name yet, or that of
 * this node (one of that name may have had another address), goes by its id unless a node of this run is at its URL.
 */
export function membersFor({ nodes }: Cluster, members: readonly EtcdMember[], own: NamedMember) {
  const joining = nodes.map(({ name, advertiseAddress }) => ({ name, peerUrl: etcdPeerUrl(advertiseAddress) }))
  return members.map(({ id, name, peerUrls }): NamedMember => {
    const known = [own, ...joining].find(({ peerUrl }) => peerUrls.includes(peerUrl))
    if (known !== undefined) return { name: known.name, peerUrl: known.peerUrl }
    return { name: name === '' || name === own.name ? showMemberId(id) : name, peerUrl: peerUrls[0] ?? '' }
  })
}
