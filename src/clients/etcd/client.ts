import { isKadmError, KadmError, type Reason } from '../../errors/kadm-error.ts'
import { type EtcdStatusMessage, type MemberMessage, toMember, toStatus } from './answers.ts'
import type { Etcd, EtcdMember } from './etcd.ts'
import { allUnreachable, isElsewhere } from './failure.ts'
import { type EtcdClientOptions, type Gateway, gateway } from './gateway.ts'
import { snapshotIn } from './snapshot.ts'
import { staggered } from './staggered.ts'

/**
 * Time without an answer after which the next endpoint is tried too, in milliseconds: pods of removed hosts are listed
 * for a while.
 */
const headStartMs = 300

/**
 * Connects to etcd over the JSON gateway of its client port (etcd 3.5 and later), with the given certificates. Throws
 * CERT_INVALID if they are not usable.
 */
export function etcdClient(options: EtcdClientOptions): Etcd {
  const { endpoints, timeoutMs = 2000, memberTimeoutMs = 10_000 } = options
  const gateways = new Map(endpoints.map(endpoint => [endpoint, gateway(options, endpoint, timeoutMs)]))
  const gatewayOf = (endpoint: string): Gateway => {
    const known = gateways.get(endpoint) ?? gateway(options, endpoint, timeoutMs)
    gateways.set(endpoint, known)
    return known
  }

  /** Returns one try per endpoint for a request that any can answer, first the one that answered last. */
  function tries<T>(what: string, path: string, body: object): readonly (() => Promise<T>)[] {
    const inOrder = [...endpoints].sort((a, b) => Number(b === preferred) - Number(a === preferred))
    return inOrder.map(endpoint => async () => {
      const answer = await gatewayOf(endpoint).post<T>(what, path, body, memberTimeoutMs)
      preferred = endpoint
      return answer
    })
  }
  let preferred: string | undefined

  /** Sends a change to one endpoint after another, because only one of them may make it. */
  async function call<T>(what: string, path: string, body: object): Promise<T> {
    const failures: KadmError[] = []
    for (const attempt of tries<T>(what, path, body)) {
      try {
        return await attempt()
      } catch (error) {
        if (!isElsewhere(error)) throw error
        failures.push(error)
      }
    }
    throw allUnreachable(what, failures)
  }

  async function members(): Promise<readonly EtcdMember[]> {
    const what = 'listing the members of etcd'
    const answer = await staggered(tries<Members>(what, 'cluster/member/list', { linearizable: true }), {
      headStartMs,
      mayPass: isElsewhere,
      failed: errors => allUnreachable(what, errors.filter(isElsewhere)),
    })
    return (answer.members ?? []).map(toMember)
  }

  async function known(peerUrl: string) {
    const all = await members()
    const member = all.find(({ peerUrls }) => peerUrls.includes(peerUrl))
    return member === undefined ? undefined : { member, members: all }
  }

  /** Returns the first key of a range. */
  async function range(what: string, body: object): Promise<KeyValue | undefined> {
    const answer = await staggered(tries<Range>(what, 'kv/range', { ...body, limit: '1' }), {
      headStartMs,
      mayPass: isElsewhere,
      failed: errors => allUnreachable(what, errors.filter(isElsewhere)),
    })
    return answer.kvs?.[0]
  }

  return {
    endpoints,
    members,
    async knownMembers(endpoint) {
      const what = `listing the members that etcd at ${endpoint} knows`
      const body = { linearizable: false }
      const answer = await gatewayOf(endpoint).post<Members>(what, 'cluster/member/list', body, timeoutMs)
      return (answer.members ?? []).map(toMember)
    },
    async addLearner(peerUrl) {
      const there = await known(peerUrl)
      if (there !== undefined) return there
      const body = { peerURLs: [peerUrl], isLearner: true }
      const add = call<Members>(`adding the etcd member ${peerUrl}`, 'cluster/member/add', body)
      const added = await unless(add, 'peer-exists')
      // Added concurrently by another client, or by an earlier request whose response was lost.
      const found = added === undefined ? await known(peerUrl) : undefined
      if (found !== undefined) return found
      if (added?.member === undefined) throw new KadmError('ETCD_REFUSED', `etcd did not add the member ${peerUrl}`)
      return { member: toMember(added.member), members: (added.members ?? []).map(toMember) }
    },
    async promote(id) {
      const promoted = call<Members>('promoting the learner of etcd', 'cluster/member/promote', { ID: id })
      await unless(promoted, 'not-a-learner')
    },
    async remove(id) {
      const removed = call<Members>('removing the etcd member', 'cluster/member/remove', { ID: id })
      return (await unless(removed, 'no-member')) !== undefined
    },
    async status(endpoint, { timeoutMs: limit = timeoutMs } = {}) {
      const what = `reading the status of etcd at ${endpoint}`
      return toStatus(
        endpoint,
        await gatewayOf(endpoint).post<EtcdStatusMessage>(what, 'maintenance/status', {}, limit),
      )
    },
    async snapshot(endpoint) {
      const what = `taking a snapshot of etcd at ${endpoint}`
      return snapshotIn(await gatewayOf(endpoint).stream(what, 'maintenance/snapshot', memberTimeoutMs), what)
    },
    async downgrade(version) {
      const what = `enabling the downgrade of etcd to ${version}`
      await call(what, 'maintenance/downgrade', { action: 'ENABLE', version })
    },
    async cancelDowngrade() {
      await call('ending the downgrade of etcd', 'maintenance/downgrade', { action: 'CANCEL' })
    },
    async read(key) {
      const found = await range(`reading ${key} in etcd`, { key: base64(key) })
      return found === undefined ? undefined : Buffer.from(found.value ?? '', 'base64').toString('latin1')
    },
    async holds(prefix) {
      const range_end = base64(`${prefix.slice(0, -1)}${String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)}`)
      const what = `looking for keys below ${prefix} in etcd`
      return (await range(what, { key: base64(prefix), range_end, keys_only: true })) !== undefined
    },
    close() {
      for (const one of gateways.values()) one.close()
    },
  }
}

interface Members {
  readonly member?: MemberMessage
  readonly members?: readonly MemberMessage[]
}

interface Range {
  readonly kvs?: readonly KeyValue[]
}

interface KeyValue {
  readonly value?: string
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

/** Returns the answer, or undefined if etcd refused for this reason. */
async function unless<T>(answer: Promise<T>, reason: Reason): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (isKadmError(error) && error.reason === reason) return undefined
    throw error
  }
}
