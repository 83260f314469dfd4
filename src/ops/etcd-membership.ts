import { type Etcd, type EtcdMember, showMemberId } from '../clients/etcd/etcd.ts'
import type { Kube } from '../clients/kube/kube.ts'
import type { Node } from '../cluster/cluster.ts'
import { isKadmError, isPassingStatus } from '../errors/kadm-error.ts'
import { requireQuorumWithout } from './etcd-quorum.ts'
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
  const obstacle = await lockObstacle(ctx)
  if (obstacle === undefined) return changingMembership(ctx, remove)
  const text = `no API server is available to lock etcd changes: ${obstacle}`
  ctx.report({ kind: 'progress', text })
  await remove(() => undefined)
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
