import { type Etcd, type EtcdMember, showMember } from '../clients/etcd/etcd.ts'
import { isKadmError, KadmError } from '../errors/kadm-error.ts'

/** Health of one etcd member. */
export interface MemberHealth {
  readonly member: EtcdMember
  /** Why it is unhealthy: it does not answer, reports an error, or has not started. Absent for a healthy member. */
  readonly unhealthy?: string
}

/**
 * Returns all members with their health, read in parallel. Throws the errors of `members`: without a quorum there is no
 * list.
 */
export async function readMemberHealth(etcd: Etcd): Promise<readonly MemberHealth[]> {
  return readHealthOf(etcd, await etcd.members())
}

/** Returns the health of these members, with or without a quorum. */
export function readHealthOf(etcd: Etcd, members: readonly EtcdMember[]): Promise<readonly MemberHealth[]> {
  return Promise.all(members.map(member => healthOf(etcd, member)))
}

/** Throws ETCD_UNREACHABLE, which names each member and its state, unless more than half of the voters are healthy. */
export async function requireQuorum(etcd: Etcd): Promise<readonly MemberHealth[]> {
  const all = await readMemberHealth(etcd)
  const { healthy, voters } = count(all)
  // An etcd that answers lists at least itself. An empty list comes from a dry run.
  if (2 * healthy > voters || all.length === 0) return all
  const message = `etcd is not healthy: ${healthy} of ${voters} voting members are: ${describeHealth(all)}`
  throw new KadmError('ETCD_UNREACHABLE', message, { hint: 'restore its members first, then try again' })
}

/**
 * Throws ETCD_REFUSED, which names each member and its state, if etcd would have no quorum without this member: more
 * than half of the remaining voters must be healthy. A learner can always be removed.
 */
export async function requireQuorumWithout(etcd: Etcd, id: string): Promise<void> {
  const all = await readMemberHealth(etcd)
  const leaving = all.find(({ member }) => member.id === id)?.member
  if (leaving === undefined || leaving.learner) return
  const remaining = all.filter(({ member }) => member.id !== id)
  const { healthy, voters } = count(remaining)
  if (2 * healthy > voters) return
  const message = `without ${showMember(leaving)} etcd would lose its quorum: ${healthy} of the ${voters} voting members that remain would be healthy: ${describeHealth(remaining)}`
  throw new KadmError('ETCD_REFUSED', message, {
    hint: 'restore the other members first, or add one; remove permanently lost members before healthy ones',
  })
}

/** `cp1 (healthy), cp3 (connection refused), cp4 (learner, healthy)` */
export function describeHealth(all: readonly MemberHealth[]): string {
  const shown = all.map(
    ({ member, unhealthy }) => `${showMember(member)} (${member.learner ? 'learner, ' : ''}${unhealthy ?? 'healthy'})`,
  )
  return shown.sort().join(', ') || 'none'
}

async function healthOf(etcd: Etcd, member: EtcdMember): Promise<MemberHealth> {
  const [endpoint] = member.clientUrls
  if (member.name === '' || endpoint === undefined) return { member, unhealthy: 'not started' }
  try {
    const { errors } = await etcd.status(endpoint)
    return errors.length === 0 ? { member } : { member, unhealthy: errors.join('; ') }
  } catch (error) {
    if (!isKadmError(error, 'ETCD_UNREACHABLE')) throw error
    return { member, unhealthy: error.why ?? error.message }
  }
}

function count(all: readonly MemberHealth[]): { readonly healthy: number; readonly voters: number } {
  const voters = all.filter(({ member }) => !member.learner)
  return { healthy: voters.filter(({ unhealthy }) => unhealthy === undefined).length, voters: voters.length }
}
