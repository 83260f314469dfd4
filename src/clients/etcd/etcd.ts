import type { Readable } from 'node:stream'
import type { EtcdMemberState } from '../../cluster/state.ts'

/** One member of an etcd cluster, as the list of members shows it. */
export type EtcdMember = Omit<EtcdMemberState, 'health'>

/** The status of the member at one endpoint. */
export interface EtcdStatus {
  readonly endpoint: string
  /** The ID of that member, as in `EtcdMember`. */
  readonly memberId: string
  readonly version: string
  /** The version whose format the data have, from etcd 3.6 on: `3.6.0`. */
  readonly storageVersion?: string
  /** The version of a downgrade that is enabled, from etcd 3.6 on: `3.6.0`. */
  readonly downgradesTo?: string
  /** Size on disk in bytes. */
  readonly dbSize: number
  /** The ID of the leader; absent if the member has none. */
  readonly leader?: string
  readonly raftIndex: number
  readonly learner: boolean
  /** Alarms and other errors (`etcdserver: no leader`); empty for a healthy member. */
  readonly errors: readonly string[]
}

/**
 * An etcd cluster as a client sees it. Member calls go to any voting endpoint that answers. Every call throws
 * ETCD_UNREACHABLE if no endpoint answers and ETCD_REFUSED if the answer is a failure. Calls do not retry.
 */
export interface Etcd {
  /** URLs of its client ports. */
  readonly endpoints: readonly string[]
  /** Linearizable: fails without a quorum. */
  members(): Promise<readonly EtcdMember[]>
  /** Returns the membership as the member at this endpoint knows it, even without a quorum. It may be out of date. */
  knownMembers(endpoint: string): Promise<readonly EtcdMember[]>
  /** Returns the existing member for an existing peer URL. `name`: its name after the start, for a dry run. */
  addLearner(
    peerUrl: string,
    name?: string,
  ): Promise<{ readonly member: EtcdMember; readonly members: readonly EtcdMember[] }>
  /** Throws ETCD_REFUSED until the learner has caught up with the leader. Does not change a voter. */
  promote(id: string): Promise<void>
  /** Returns false if it was not a member. */
  remove(id: string): Promise<boolean>
  /** Queries only this endpoint. */
  status(endpoint: string, opts?: { readonly timeoutMs?: number }): Promise<EtcdStatus>
  /**
   * Streams a snapshot of the member at this endpoint: its database, then the SHA-256 of it, which the stream has
   * compared when it ends.
   */
  snapshot(endpoint: string): Promise<Readable>
  /** Lets members of an older minor version, such as `3.6.0`, join: etcd then stores its data in their format. */
  downgrade(version: string): Promise<void>
  /** Ends a downgrade: etcd uses the format of its members again. Throws ETCD_REFUSED if none is enabled. */
  cancelDowngrade(): Promise<void>
  /** Returns the value of a key as a string with one byte per character; undefined if it does not exist. */
  read(key: string): Promise<string | undefined>
  /** True if a key with this prefix exists. */
  holds(prefix: string): Promise<boolean>
  close(): void
}

/** Returns the hosts of its peer URLs without brackets, which identify a member that never started. */
export function memberHosts({ peerUrls }: Pick<EtcdMember, 'peerUrls'>): readonly string[] {
  return peerUrls.flatMap(url => (URL.canParse(url) ? [new URL(url).hostname.replace(/^\[|\]$/g, '')] : []))
}

/** Returns the name of a member for `kadm node remove`: its name, or its address before its first start. */
export function nameToRemove(member: EtcdMember): string {
  return member.name || (memberHosts(member)[0] ?? showMemberId(member.id))
}

/** Returns a member's ID in hex, as etcd's own tools show it. */
export function showMemberId(id: string): string {
  return BigInt(id).toString(16)
}

/** Returns its name; `member 8e9e05c52164694d` before it has one. */
export function showMember({ id, name }: EtcdMember): string {
  return name === '' ? `member ${showMemberId(id)}` : name
}
