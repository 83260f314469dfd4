import type { Etcd, EtcdMember } from './etcd.ts'

/** One change of etcd: of its membership, or the start of a downgrade. */
export interface MemberChange {
  readonly kind: 'member'
  readonly on: 'cluster'
  /** By its peer URL, which it has before its first start: `etcd member https://10.0.0.2:2380`. */
  readonly what: string
  readonly before?: 'learner' | 'voter'
  readonly after?: 'learner' | 'voter'
}

/** Records every change of etcd. */
export function journaledEtcd(etcd: Etcd, record: (change: MemberChange) => void): Etcd {
  let seen: readonly EtcdMember[] = []

  async function find(id: string): Promise<EtcdMember | undefined> {
    return seen.find(member => member.id === id) ?? (await members()).find(member => member.id === id)
  }

  async function members(): Promise<readonly EtcdMember[]> {
    seen = await etcd.members()
    return seen
  }

  return {
    ...etcd,
    members,
    async addLearner(peerUrl, name) {
      const before = await members()
      const added = await etcd.addLearner(peerUrl, name)
      seen = added.members
      if (!before.some(({ id }) => id === added.member.id)) {
        record({ ...named(added.member), after: added.member.learner ? 'learner' : 'voter' })
      }
      return added
    },
    async promote(id) {
      const member = await find(id)
      await etcd.promote(id)
      seen = seen.map(one => (one.id === id ? { ...one, learner: false } : one))
      if (member?.learner === true) record({ ...named(member), before: 'learner', after: 'voter' })
    },
    async downgrade(version) {
      await etcd.downgrade(version)
      record({ kind: 'member', on: 'cluster', what: `downgrade of etcd to ${version}` })
    },
    async cancelDowngrade() {
      await etcd.cancelDowngrade()
      record({ kind: 'member', on: 'cluster', what: 'end of the downgrade of etcd' })
    },
    async remove(id) {
      const member = await find(id)
      const removed = await etcd.remove(id)
      seen = seen.filter(one => one.id !== id)
      if (removed && member !== undefined) record({ ...named(member), before: member.learner ? 'learner' : 'voter' })
      return removed
    },
  }
}

function named({ peerUrls }: EtcdMember): Pick<MemberChange, 'kind' | 'on' | 'what'> {
  return { kind: 'member', on: 'cluster', what: `etcd member ${peerUrls.join(', ')}` }
}
