import type { Kube } from '../clients/kube/kube.ts'
import type { Until } from '../cluster/until.ts'
import { isKadmError, KadmError } from '../errors/kadm-error.ts'

/** What drain needs of a Pod. */
export interface DrainedPod {
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

export interface DrainAccess {
  readonly kube: Kube
  readonly until: Until
  /** The Pods that are still on the node; none when the node itself is gone, and can end none of them. */
  readonly left: () => Promise<readonly DrainedPod[]>
}

/**
 * Evicts Pods, again while a disruption budget holds them, until none of them is on the node. Throws DRAIN_BLOCKED naming
 * those that are when the time is up.
 */
export async function drainPods(ctx: DrainAccess, pods: readonly DrainedPod[], timeoutMs: number): Promise<void> {
  const asked = new Set<string>()
  const held = new Map<string, string>()
  let left = pods

  async function evict(pod: DrainedPod): Promise<void> {
    try {
      await ctx.kube.evict({ namespace: pod.namespace, name: pod.name })
      asked.add(pod.uid)
      held.delete(pod.uid)
    } catch (error) {
      // A budget says 429, two of them 500: what one Pod is refused keeps the others from nothing.
      if (!isKadmError(error, 'API_REFUSED')) throw error
      held.set(pod.uid, error.message)
    }
  }

  const probe = async () => {
    await Promise.all(left.filter(({ uid }) => !asked.has(uid)).map(evict))
    const there = new Set((await ctx.left()).map(({ uid }) => uid))
    left = pods.filter(({ uid }) => there.has(uid))
    return left.length === 0 ? true : undefined
  }
  try {
    if (pods.length > 0) await ctx.until('the drain', probe, { timeoutMs, intervalMs: 1000, assume: true })
  } catch (error) {
    if (!isKadmError(error, 'TIMEOUT') || left.length === 0) throw error
    throw blocked(left, { asked, held }, timeoutMs)
  }
}

interface Evictions {
  readonly asked: ReadonlySet<string>
  /** Why the API did not evict a Pod, by its uid. */
  readonly held: ReadonlyMap<string, string>
}

function blocked(left: readonly DrainedPod[], { asked, held }: Evictions, timeoutMs: number): KadmError {
  const problems = left.map(({ namespace, name, uid }) => ({
    message:
      held.get(uid) ??
      `the Pod ${namespace}/${name} ${asked.has(uid) ? 'was evicted and has not ended yet' : 'is there'}`,
  }))
  const count = left.length === 1 ? 'a Pod is' : `${left.length} Pods are`
  return new KadmError('DRAIN_BLOCKED', `${count} still on the node after ${timeoutMs / 1000} s`, {
    problems,
    hint: 'give them more time with --timeout, make room for them elsewhere, or go on without them with --force',
  })
}
