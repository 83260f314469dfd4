import { type EtcdMember, showMemberId } from '../../clients/etcd/etcd.ts'
import type { EtcdData } from '../../observe/etcd-data.ts'
import type { EtcdMember as NamedMember } from '../../render/etcd.ts'

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
 * The members for `--initial-cluster`, in etcd's order. etcd compares the URLs; a member without a name, or with that of
 * this node (one of that name may have had another address), goes by its id.
 */
export function initialCluster(
  members: readonly EtcdMember[],
  own: { readonly name: string; readonly peerUrl: string },
): readonly NamedMember[] {
  return members.map(member => {
    const [first = ''] = member.peerUrls
    if (member.peerUrls.includes(own.peerUrl)) return own
    const unnamed = member.name === '' || member.name === own.name
    return { name: unnamed ? showMemberId(member.id) : member.name, peerUrl: first }
  })
}
