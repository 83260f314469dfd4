import type { Etcd, EtcdMember } from './etcd.ts'

/** Ids are of 64 bits, so that no member has this one. */
const beyondAllIds = 2n ** 64n

/** Changes of membership that would have been made, by whichever client. */
export interface MemberChanges {
  readonly added: Map<string, EtcdMember>
  readonly promoted: Set<string>
  readonly removed: Set<string>
}

export function noMemberChanges(): MemberChanges {
  return { added: new Map(), promoted: new Set(), removed: new Set() }
}

/** For a dry run: reads come from etcd, overlaid with the changes of membership that would have been made. */
export function recordedEtcd(etcd: Etcd, changes: MemberChanges = noMemberChanges()): Etcd {
  const { added, promoted, removed } = changes

  async function members(): Promise<readonly EtcdMember[]> {
    const found = [...(await etcd.members()), ...added.values()]
    return found
      .filter(({ id }) => !removed.has(id))
      .map(member => (promoted.has(member.id) ? { ...member, learner: false } : member))
  }

  return {
    ...etcd,
    members,
    async addLearner(peerUrl) {
      const known = await members()
      const there = known.find(({ peerUrls }) => peerUrls.includes(peerUrl))
      if (there !== undefined) return { member: there, members: known }
      const id = String(beyondAllIds + BigInt(added.size))
      const member = { id, name: '', peerUrls: [peerUrl], clientUrls: [], learner: true }
      added.set(id, member)
      return { member, members: [...known, member] }
    },
    async promote(id) {
      promoted.add(id)
    },
    async remove(id) {
      const there = (await members()).some(member => member.id === id)
      removed.add(id)
      return there
    },
  }
}
