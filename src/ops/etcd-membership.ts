import { type Etcd, type EtcdMember, showMemberId } from '../clients/etcd/etcd.ts'
import { readMemberStates } from '../clients/etcd/member-states.ts'
import type { Kube } from '../clients/kube/kube.ts'
import type { Node } from '../cluster/cluster.ts'
import { isKadmError, isPassingStatus, type KadmError, orUndefined } from '../errors/kadm-error.ts'
import { requireQuorumMeanwhile, requireQuorumWithout } from './etcd-quorum.ts'
import { type LeaseAccess, leaseRef, type StillHeld, withLease } from './with-lease.ts'

const leaseName = 'kadm-etcd-membership'

/** How long others wait for a host that failed while it changed the membership, in milliseconds. */
const leaseMs = 30_000

/** Timeout in milliseconds for an API server that is overloaded, or whose etcd has no leader at the moment. */
const patienceMs = 30_000

/** The part of a phase's context that changes the members of etcd. */
export interface MembershipAccess extends Omit<LeaseAccess, 'kube'> {
  readonly request: { readonly timeouts: { readonly etcdAPICall: number } }
  readonly node: Pick<Node, 'name'>
  readonly session: { readonly run: string }
  readonly kube: (as: 'admin', at: 'cluster') => Promise<Kube>
}

/** Calls `act`, which changes the members of etcd, while it holds a cluster-wide lock. */
export function changingMembership<T>(ctx: MembershipAccess, act: (stillHeld: StillHeld) => Promise<T>): Promise<T> {
  const { request, node, session, until, report } = ctx
  const spec = {
    name: leaseName,
    holder: `${session.run}/${node.name}`,
    durationMs: leaseMs,
    timeoutMs: 5 * request.timeouts.etcdAPICall,
  }
  return withLease({ until, report, kube: () => ctx.kube('admin', 'cluster') }, spec, act)
}

/** A member to remove, and the etcd client. */
export interface Leaving {
  readonly etcd: Etcd
  readonly member: EtcdMember
}

/**
 * Removes a member from etcd if the others keep a quorum, else throws ETCD_REFUSED. `find` runs after the lock is
 * acquired. If no API server can hold the lock there is none: etcd then orders concurrent changes alone.
 */
export async function removeMember(ctx: MembershipAccess, find: () => Promise<Leaving | undefined>): Promise<void> {
  const remove = async (stillHeld: StillHeld): Promise<void> => {
    const found = await find()
    if (found === undefined) return
    const { etcd, member } = found
    await requireQuorumWithout(etcd, member.id)
    const removed = async () => {
      stillHeld()
      return etcd.remove(member.id).then(() => true)
    }
    const name = member.name === '' ? `the member ${showMemberId(member.id)}` : member.name
    const timeoutMs = ctx.request.timeouts.etcdAPICall
    await ctx.until(`removing ${name} from etcd`, removed, { timeoutMs, assume: true })
  }
  await withMembershipLock(ctx, remove)
}

/**
 * Calls `act`, which stops the member of this node for a while, when the other members keep a quorum, and while no other
 * host stops or changes a member. Throws ETCD_REFUSED if they do not become healthy in time. An etcd that does not
 * answer has nothing to lose. `url` is that of the member for clients.
 */
export async function stoppingMember(ctx: StoppingAccess, url: string, act: () => Promise<void>): Promise<void> {
  const found = await readOwnMember(ctx, url).catch(orUndefined)
  if (found === undefined || found.all.filter(({ learner }) => !learner).length < 2) return act()
  await withMembershipLock(ctx, async stillHeld => {
    await untilQuorumMeanwhile(ctx, url)
    stillHeld()
    await act()
  })
}

/** The part of a phase's context that stops the member of its node. */
export interface StoppingAccess extends MembershipAccess {
  readonly etcd: () => Promise<Etcd>
}

async function readOwnMember({ etcd }: StoppingAccess, url: string) {
  const all = await readMemberStates(await etcd())
  return { all, own: all.find(({ clientUrls }) => clientUrls.includes(url)) }
}

/** A member that was upgraded just before may still start. */
async function untilQuorumMeanwhile(ctx: StoppingAccess, url: string): Promise<void> {
  let refusal: KadmError | undefined
  const probe = async () => {
    const { all, own } = await readOwnMember(ctx, url)
    try {
      if (own !== undefined) requireQuorumMeanwhile(all, own.id)
      return true as const
    } catch (error) {
      if (!isKadmError(error, 'ETCD_REFUSED')) throw error
      refusal = error
      return undefined
    }
  }
  try {
    const timeoutMs = ctx.request.timeouts.etcdAPICall
    await ctx.until('the other members of etcd', probe, { timeoutMs, field: 'etcdAPICall', assume: true })
  } catch (error) {
    if (!isKadmError(error, 'TIMEOUT') || refusal === undefined) throw error
    throw refusal
  }
}

/** Calls `act` while it holds the cluster-wide lock; without a lock if no API server can keep one. */
async function withMembershipLock(ctx: MembershipAccess, act: (stillHeld: StillHeld) => Promise<void>): Promise<void> {
  const obstacle = await lockObstacle(ctx)
  if (obstacle === undefined) return changingMembership(ctx, act)
  ctx.report({ kind: 'progress', text: `no API server is available to lock etcd changes: ${obstacle}` })
  await act(() => undefined)
}

/** Returns why the lock is not available: no API server answers, accepts this host as admin, or can read its etcd. */
async function lockObstacle(ctx: MembershipAccess): Promise<string | undefined> {
  const look = async (): Promise<{ readonly obstacle?: string }> => {
    try {
      const kube = await ctx.kube('admin', 'cluster')
      await kube.get(leaseRef(leaseName))
      return {}
    } catch (error) {
      if (!isKadmError(error) || !ofApi.has(error.code) || isPassingStatus(error)) throw error
      return { obstacle: error.message }
    }
  }
  try {
    const what = 'an API server that keeps a lock'
    return (await ctx.until(what, look, { timeoutMs: patienceMs, assume: {} })).obstacle
  } catch (error) {
    if (!isKadmError(error, 'TIMEOUT')) throw error
    return error.message
  }
}

const ofApi: ReadonlySet<string> = new Set(['API_UNREACHABLE', 'API_REFUSED', 'KUBECONFIG_INVALID'])
