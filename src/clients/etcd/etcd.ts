import type { EtcdMemberState } from '../../cluster/state.ts'

/** One member of an etcd cluster, as the list of members shows it. */
export type EtcdMember = Omit<EtcdMemberState, 'health'>

/** What one endpoint says of the member behind it. */
export interface EtcdStatus {
  readonly endpoint: string
  /** Id of that member, as in `EtcdMember`. */
  readonly memberId: string
  readonly version: string
  /** Bytes on disk. */
  readonly dbSize: number
  /** Id of the leader; absent when the member sees none. */
  readonly leader?: string
  readonly raftIndex: number
  readonly learner: boolean
  /** Alarms and the like (`etcdserver: no leader`); empty for a healthy member. */
  readonly errors: readonly string[]
}

/**
 * An etcd cluster as one of its clients sees it. Member calls go to whichever voting endpoint answers. Every call throws
 * ETCD_UNREACHABLE when no endpoint answers and ETCD_REFUSED when the answer is a failure. Calls do not retry.
 */
export interface Etcd {
  /** URLs of the client ports that it speaks to. */
  readonly endpoints: readonly string[]
  /** Linearizable: fails without a quorum. */
  members(): Promise<readonly EtcdMember[]>
  /** What the member at this endpoint knows of the membership, also without a quorum: it may be behind. */
  knownMembers(endpoint: string): Promise<readonly EtcdMember[]>
  /** A peer URL that is a member already gives that member. `name`: what it will start as, for a dry run. */
  addLearner(
    peerUrl: string,
    name?: string,
  ): Promise<{ readonly member: EtcdMember; readonly members: readonly EtcdMember[] }>
  /** Throws ETCD_REFUSED while the learner is not in sync with the leader; a voter stays one. */
  promote(id: string): Promise<void>
  /** False when it was no member. */
  remove(id: string): Promise<boolean>
  /** Asks this endpoint and no other. */
  status(endpoint: string, opts?: { readonly timeoutMs?: number }): Promise<EtcdStatus>
  /** The bytes of one key, as text of one byte a character; undefined when it is not there. */
  read(key: string): Promise<string | undefined>
  /** Whether a key begins so. */
  holds(prefix: string): Promise<boolean>
  close(): void
}

/** Hosts of its peer URLs, without brackets: how a member that never started is found again. */
export function memberHosts({ peerUrls }: Pick<EtcdMember, 'peerUrls'>): readonly string[] {
  return peerUrls.flatMap(url => (URL.canParse(url) ? [new URL(url).hostname.replace(/^\[|\]$/g, '')] : []))
}

/** What `kadm node remove` knows a member by: its name; before its first start its address. */
export function nameToRemove(member: EtcdMember): string {
  return member.name || (memberHosts(member)[0] ?? showMemberId(member.id))
}

/** A member's id as etcd's own tools show it: in hex. */
export function showMemberId(id: string): string {
  return BigInt(id).toString(16)
}

/** Its name; `member 8e9e05c52164694d` before it has one. */
export function showMember({ id, name }: EtcdMember): string {
  return name === '' ? `member ${showMemberId(id)}` : name
}
