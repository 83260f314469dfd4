import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { KadmError, type Reason } from '../../errors/kadm-error.ts'
import type { Etcd, EtcdMember } from './etcd.ts'

export interface FakeEtcdOptions {
  /** The maximum number of learners; real etcd allows one. Default: unlimited. */
  readonly maxLearners?: number
  /** Default: one voter, cp1 at 10.0.0.1. */
  readonly members?: readonly EtcdMember[]
  /** Client URLs of members that do not answer. */
  readonly down?: readonly string[]
  /** How often the promotion of a learner is refused before it has caught up. */
  readonly promoteRefusals?: number
  /** Returns the name of an added member when it starts; undefined while it does not. Default: it never starts. */
  readonly starts?: (peerUrl: string, id: string) => string | undefined
  /** The content of its keys. Default: empty. */
  readonly keys?: Readonly<Record<string, string>>
}

export interface FakeEtcd extends Etcd {
  /** `members`, `add https://10.0.0.2:2380`, `promote 2`, `remove 2`, `status https://10.0.0.1:2379`, in order. */
  readonly calls: readonly string[]
  /** Stops or restores the answers of members with this client URL. */
  setDown(clientUrl: string, down: boolean): void
}

const database = Buffer.from('database')

/** The content of every snapshot. */
const fakeSnapshot = Buffer.concat([database, createHash('sha256').update(database).digest()])

/** Returns a member as on the control plane at `address`. */
export function fakeMember(id: string, name: string, address: string, more: Partial<EtcdMember> = {}): EtcdMember {
  const clientUrls = name === '' ? [] : [`https://${address}:2379`]
  return { id, name, peerUrls: [`https://${address}:2380`], clientUrls, learner: false, ...more }
}

/** An etcd cluster in memory. As a real one, it needs a quorum of its voters. */
export function fakeEtcd(options: FakeEtcdOptions = {}): FakeEtcd {
  const calls: string[] = []
  const down = new Set(options.down)
  let all: readonly EtcdMember[] = options.members ?? [fakeMember('1', 'cp1', '10.0.0.1')]
  let refusals = options.promoteRefusals ?? 0

  const answers = (member: EtcdMember): boolean => member.clientUrls.some(url => !down.has(url))
  async function asked(call: string): Promise<void> {
    calls.push(call)
    all = all.map(member => (member.name === '' ? started(member, options.starts) : member))
    const voters = all.filter(({ learner }) => !learner)
    if (call.startsWith('status') || 2 * voters.filter(answers).length > voters.length) return
    const hint = 'check that a majority of etcd members is running and can reach each other'
    throw new KadmError('ETCD_UNREACHABLE', 'etcd cannot serve: etcdserver: request timed out', {
      hint,
      reason: 'no-quorum',
    })
  }

  return {
    get endpoints() {
      return all.filter(({ learner }) => !learner).flatMap(({ clientUrls }) => clientUrls)
    },
    calls,
    setDown: (url, isDown) => void (isDown ? down.add(url) : down.delete(url)),
    members: () => asked('members').then(() => all),
    async knownMembers(endpoint) {
      if (!down.has(endpoint) && all.some(({ clientUrls }) => clientUrls.includes(endpoint))) return all
      throw new KadmError('ETCD_UNREACHABLE', `etcd at ${endpoint} cannot be reached: connection refused`, {
        why: 'connection refused',
      })
    },
    async addLearner(peerUrl) {
      await asked(`add ${peerUrl}`)
      const there = all.find(({ peerUrls }) => peerUrls.includes(peerUrl))
      const learners = all.filter(({ learner }) => learner).length
      if (there === undefined && learners >= (options.maxLearners ?? Number.POSITIVE_INFINITY)) {
        throw refused('too many learner members in cluster', 'too-many-learners')
      }
      const id = String(Math.max(0, ...all.map(member => Number(member.id))) + 1)
      const member = there ?? { id, name: '', peerUrls: [peerUrl], clientUrls: [], learner: true }
      if (there === undefined) all = [...all, member]
      return { member, members: all }
    },
    async promote(id) {
      await asked(`promote ${id}`)
      const member = all.find(one => one.id === id)
      if (member === undefined) throw refused('member not found')
      if (!member.learner) return
      refusals -= 1
      if (refusals >= 0 || member.name === '') throw refused('can only promote a learner member which is in sync')
      all = all.map(one => (one.id === id ? { ...one, learner: false } : one))
    },
    async remove(id) {
      await asked(`remove ${id}`)
      const before = all.length
      all = all.filter(member => member.id !== id)
      return all.length < before
    },
    async status(endpoint) {
      await asked(`status ${endpoint}`)
      const member = all.find(({ clientUrls }) => clientUrls.includes(endpoint))
      if (member === undefined || down.has(endpoint)) {
        throw new KadmError('ETCD_UNREACHABLE', `etcd at ${endpoint} cannot be reached: connection refused`, {
          why: 'connection refused',
        })
      }
      return {
        endpoint,
        memberId: member.id,
        version: '3.6.6',
        dbSize: 20480,
        leader: '1',
        raftIndex: 9,
        learner: member.learner,
        errors: [],
      }
    },
    snapshot: endpoint =>
      asked(`snapshot ${endpoint}`).then(() => Readable.from([fakeSnapshot], { objectMode: false })),
    downgrade: version => asked(`downgrade ${version}`),
    cancelDowngrade: () => asked('cancel downgrade'),
    read: async key => options.keys?.[key],
    holds: async prefix => Object.keys(options.keys ?? {}).some(key => key.startsWith(prefix)),
    close: () => undefined,
  }
}

function started(member: EtcdMember, starts: FakeEtcdOptions['starts']): EtcdMember {
  const name = starts?.(member.peerUrls[0] ?? '', member.id)
  if (name === undefined) return member
  return { ...member, name, clientUrls: member.peerUrls.map(url => url.replace(/2380$/, '2379')) }
}

function refused(words: string, reason?: Reason): KadmError {
  return new KadmError('ETCD_REFUSED', `etcdserver: ${words}`, { reason })
}
