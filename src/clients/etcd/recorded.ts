import { KadmError } from '../../errors/kadm-error.ts'
import type { Etcd, EtcdMember } from './etcd.ts'

/** IDs have 64 bits, so that no member has this one. */
const beyondAllIds = 2n ** 64n

/** Membership changes that would have been made, by any client. */
export interface MemberChanges {
  readonly added: Map<string, EtcdMember>
  /** The names of added members after their start, by ID. */
  readonly names: Map<string, string>
  readonly promoted: Set<string>
  readonly removed: Set<string>
}

export function noMemberChanges(): MemberChanges {
  return { added: new Map(), names: new Map(), promoted: new Set(), removed: new Set() }
}

/**
 * For a dry run: reads come from etcd, overlaid with the membership changes that would have been made. A member that
 * would have been promoted counts as started and healthy.
 */
export function recordedEtcd(etcd: Etcd, changes: MemberChanges = noMemberChanges()): Etcd {
  const { added, names, promoted, removed } = changes

  function asPromoted(member: EtcdMember): EtcdMember {
    if (!promoted.has(member.id)) return member
    if (!added.has(member.id)) return { ...member, learner: false }
    return { ...member, learner: false, name: names.get(member.id) ?? '', clientUrls: member.peerUrls.map(clientUrl) }
  }

  async function members(): Promise<readonly EtcdMember[]> {
    const found = [...(await etcd.members()), ...added.values()]
    return found.filter(({ id }) => !removed.has(id)).map(asPromoted)
  }

  return {
    ...etcd,
    members,
    async status(endpoint) {
      const own = (await members()).find(({ id, clientUrls }) => added.has(id) && clientUrls.includes(endpoint))
      if (own === undefined) return etcd.status(endpoint)
      return {
        endpoint,
        memberId: own.id,
        version: '',
        dbSize: 0,
        leader: own.id,
        raftIndex: 0,
        learner: false,
        errors: [],
      }
    },
    async addLearner(peerUrl, name = '') {
      const known = await members()
      const there = known.find(({ peerUrls }) => peerUrls.includes(peerUrl))
      if (there !== undefined) return { member: there, members: known }
      const id = String(beyondAllIds + BigInt(added.size))
      const member = { id, name: '', peerUrls: [peerUrl], clientUrls: [], learner: true }
      added.set(id, member)
      names.set(id, name)
      return { member, members: [...known, member] }
    },
    async promote(id) {
      promoted.add(id)
    },
    downgrade: async () => undefined,
    cancelDowngrade: async () => undefined,
    async remove(id) {
      const there = (await members()).some(member => member.id === id)
      removed.add(id)
      return there
    },
  }
}

/** Returns where kubeadm's members serve clients: `https://10.0.0.2:2379` for `https://10.0.0.2:2380`. */
function clientUrl(peerUrl: string): string {
  return peerUrl.replace(/:2380$/, ':2379')
}

/** The etcd of a cluster that does not answer a dry run: it has no known members. Used below recordedEtcd. */
export function unknownEtcd(): Etcd {
  const unknown = () => Promise.reject(new KadmError('ETCD_UNREACHABLE', 'etcd cannot be reached: no member is known'))
  return {
    endpoints: [],
    members: async () => [],
    knownMembers: async () => [],
    addLearner: unknown,
    promote: unknown,
    remove: unknown,
    status: unknown,
    snapshot: unknown,
    downgrade: unknown,
    cancelDowngrade: unknown,
    read: async () => undefined,
    holds: async () => false,
    close: () => undefined,
  }
}
