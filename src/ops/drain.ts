import type { Kube } from '../clients/kube/kube.ts'
import { nodeRef } from '../clients/kube/kube.ts'
import { isReady } from '../clients/kube/node.ts'
import type { KubeObject } from '../cluster/kube-object.ts'
import type { Until } from '../cluster/until.ts'
import { isKadmError, KadmError } from '../errors/kadm-error.ts'
import { type ApiAccess, withApi } from './api.ts'
import { cordon } from './cordon.ts'

/** What drain needs of a Pod. */
export interface DrainedPod {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  /** `stays`: the drain does not touch it. `lost`: no controller creates it again elsewhere. */
  readonly fate: 'moves' | 'stays' | 'lost'
}

export interface Drain {
  readonly node: KubeObject
  /** The Pods that are on the node now. */
  readonly pods: (kube: Kube) => Promise<readonly DrainedPod[]>
  readonly timeoutMs: number
  /** Evicts Pods that are lost, and goes on without those that do not leave in time. */
  readonly force: boolean
  /** Called when the node stops answering the cluster while Pods are on it: it can end none of them. */
  readonly onAway: () => void
}

export interface DrainContext extends ApiAccess {
  readonly report: (note: { readonly kind: 'progress' | 'warning'; readonly text: string }) => void
}

/**
 * Cordons a node and evicts its Pods, as disruption budgets allow. Ends early when the node turns out to be gone: the
 * cluster notices that some 50 s after the host's end. Throws DRAIN_BLOCKED before anything is changed when a Pod would
 * be lost, and when Pods do not leave in time; not with `force`.
 */
export async function drainNode(ctx: DrainContext, { node, pods, timeoutMs, force, onAway }: Drain): Promise<void> {
  const { name } = node.metadata
  const found = await withApi(ctx, `listing the Pods of ${name}`, pods)
  const lost = found.filter(({ fate }) => fate === 'lost')
  if (lost.length > 0 && !force) throw wouldBeLost(lost)
  await cordon(ctx, node)
  const leaving = found.filter(({ fate }) => fate !== 'stays')
  if (leaving.length === 0) return
  ctx.report({ kind: 'progress', text: `evicting ${leaving.length === 1 ? 'a Pod' : `${leaving.length} Pods`}` })
  const kube = await ctx.kube('admin')
  const left = async () => {
    const [now, onNode] = await Promise.all([kube.get(nodeRef(name)), pods(kube)])
    if (now !== undefined && isReady(now)) return onNode
    if (onNode.length > 0) onAway()
    return []
  }
  try {
    await evictPods({ kube, until: ctx.until, left }, leaving, timeoutMs)
  } catch (error) {
    if (!isKadmError(error, 'DRAIN_BLOCKED') || !force) throw error
    const problems = error.problems.map(({ message }) => message).join('; ')
    ctx.report({ kind: 'warning', text: `${error.message}; deleted with the node: ${problems}` })
  }
}

function wouldBeLost(pods: readonly DrainedPod[]): KadmError {
  const names = pods.map(({ namespace, name }) => `${namespace}/${name}`).join(', ')
  return new KadmError('DRAIN_BLOCKED', `these pods have no controller and would be lost: ${names}`, {
    hint: 'save their data and delete them, or use --force to lose them',
  })
}

interface EvictAccess {
  readonly kube: Kube
  readonly until: Until
  /** The Pods that are still on the node; none when the node itself is gone, and can end none of them. */
  readonly left: () => Promise<readonly DrainedPod[]>
}

/**
 * Evicts Pods, again while a disruption budget holds them, until none of them is on the node. Throws DRAIN_BLOCKED naming
 * those that are when the time is up.
 */
async function evictPods(ctx: EvictAccess, pods: readonly DrainedPod[], timeoutMs: number): Promise<void> {
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
    await ctx.until('the drain', probe, { timeoutMs, intervalMs: 1000, assume: true })
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
    hint: 'increase --timeout, free capacity on other nodes, or continue with --force',
  })
}
