import { type Etcd, showMember } from '../clients/etcd/etcd.ts'
import { readMemberStates } from '../clients/etcd/member-states.ts'
import type { EtcdMemberState } from '../cluster/state.ts'
import { KadmError } from '../errors/kadm-error.ts'

/** Throws ETCD_UNREACHABLE, which names each member and its state, unless more than half of the voters are healthy. */
export async function requireQuorum(etcd: Etcd): Promise<readonly EtcdMemberState[]> {
  const all = await readMemberStates(etcd)
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
  const all = await readMemberStates(etcd)
  const leaving = all.find(member => member.id === id)
  if (leaving === undefined || leaving.learner) return
  const remaining = all.filter(member => member.id !== id)
  const { healthy, voters } = count(remaining)
  if (2 * healthy > voters) return
  const message = `without ${showMember(leaving)} etcd would lose its quorum: ${healthy} of the ${voters} voting members that remain would be healthy: ${describeHealth(remaining)}`
  throw new KadmError('ETCD_REFUSED', message, {
    hint: 'restore the other members first, or add one; remove permanently lost members before healthy ones',
  })
}

/**
 * Throws ETCD_REFUSED, which names each member and its state, if etcd would lose its quorum while this member is stopped,
 * and has one with it. A second of two members always costs the quorum for that time.
 */
export function requireQuorumMeanwhile(all: readonly EtcdMemberState[], id: string): void {
  const stopped = all.find(member => member.id === id)
  if (stopped === undefined || stopped.learner || stopped.health?.unhealthy !== undefined) return
  const others = all.filter(member => member.id !== id)
  const { healthy, voters } = count(others)
  if (healthy === voters || 2 * healthy > voters + 1) return
  const message = `while ${showMember(stopped)} is stopped, etcd would have no quorum: ${healthy} of the ${voters} other voting members are healthy: ${describeHealth(others)}`
  throw new KadmError('ETCD_REFUSED', message, {
    hint: 'restore the other members first, or remove those that are lost with `kadm node remove`, then run the same command again',
  })
}

/** `cp1 (healthy), cp3 (connection refused), cp4 (learner, healthy)` */
export function describeHealth(all: readonly EtcdMemberState[]): string {
  const shown = all.map(
    member => `${showMember(member)} (${member.learner ? 'learner, ' : ''}${member.health?.unhealthy ?? 'healthy'})`,
  )
  return shown.sort().join(', ') || 'none'
}

function count(all: readonly EtcdMemberState[]): { readonly healthy: number; readonly voters: number } {
  const voters = all.filter(({ learner }) => !learner)
  return { healthy: voters.filter(({ health }) => health?.unhealthy === undefined).length, voters: voters.length }
}
