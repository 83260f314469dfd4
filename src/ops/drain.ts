import type { Kube } from '../clients/kube/kube.ts'
import { nodeRef } from '../clients/kube/kube.ts'
import { isReady } from '../clients/kube/node.ts'
import type { KubeObject } from '../cluster/kube-object.ts'
import type { Until } from '../cluster/until.ts'
import { isKadmError, KadmError } from '../errors/kadm-error.ts'
import { type ApiAccess, withApi } from './api.ts'
import { type CordonMark, cordon } from './cordon.ts'

/** The properties of a pod that a drain needs. */
export interface DrainedPod {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  /** `stays`: the drain ignores it. `lost`: no controller recreates it on another node. */
  readonly fate: 'moves' | 'stays' | 'lost'
}

export interface Drain {
  readonly node: KubeObject
  /** Returns the pods that are on the node now. */
  readonly pods: (kube: Kube) => Promise<readonly DrainedPod[]>
  readonly timeoutMs: number
  /** Evicts pods that would be lost, and continues without those that time out. */
  readonly force: boolean
  /** Set if pods that time out end the drain, although `force` is set: what to do then. */
  readonly whenBlocked?: string
  /** Marks a Node that this drain cordons, so that only such a Node is uncordoned. */
  readonly mark?: CordonMark
  /** Called if the node stops reporting to the cluster while pods are on it: it cannot end them. */
  readonly onAway: () => void
}

export interface DrainContext extends ApiAccess {
  readonly report: (note: { readonly kind: 'progress' | 'warning'; readonly text: string }) => void
}

/**
 * Cordons a node and evicts its pods, as disruption budgets allow. Ends early if the node is gone, which the cluster
 * detects some 50 s after the end of its host. Without `force`, throws DRAIN_BLOCKED before it changes anything if a
 * pod would be lost, and if eviction times out.
 */
export async function drainNode(ctx: DrainContext, drain: Drain): Promise<void> {
  const { node, pods, timeoutMs, force, mark, onAway } = drain
  const { name } = node.metadata
  const found = await withApi(ctx, `listing the pods of ${name}`, pods)
  const lost = found.filter(({ fate }) => fate === 'lost')
  if (lost.length > 0 && !force) throw wouldBeLost(lost)
  await cordon(ctx, node, mark)
  const leaving = found.filter(({ fate }) => fate !== 'stays')
  if (leaving.length === 0) return
  ctx.report({ kind: 'progress', text: `evicting ${leaving.length === 1 ? 'a pod' : `${leaving.length} pods`}` })
  const kube = await ctx.kube('admin')
  const left = async () => {
    const [now, onNode] = await Promise.all([kube.get(nodeRef(name)), pods(kube)])
    if (now !== undefined && isReady(now)) return onNode
    if (onNode.length > 0) onAway()
    return []
  }
  try {
    const hint =
      drain.whenBlocked ?? 'increase the timeout of the drain, free capacity on other nodes, or continue with --force'
    await evictPods({ kube, until: ctx.until, left, timeoutMs, hint }, leaving)
  } catch (error) {
    if (!isKadmError(error, 'DRAIN_BLOCKED') || !force || drain.whenBlocked !== undefined) throw error
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
  /** Returns the pods that are still on the node; none if the node is gone, because it cannot end them. */
  readonly left: () => Promise<readonly DrainedPod[]>
  readonly timeoutMs: number
  /** What to do if pods are left. */
  readonly hint: string
}

/**
 * Evicts pods until none of them is on the node, and retries while a disruption budget blocks the eviction. After the
 * timeout, throws DRAIN_BLOCKED, which names the remaining pods.
 */
async function evictPods(ctx: EvictAccess, pods: readonly DrainedPod[]): Promise<void> {
  const { timeoutMs } = ctx
  const asked = new Set<string>()
  const held = new Map<string, string>()
  let left = pods

  async function evict(pod: DrainedPod): Promise<void> {
    try {
      await ctx.kube.evict({ namespace: pod.namespace, name: pod.name })
      asked.add(pod.uid)
      held.delete(pod.uid)
    } catch (error) {
      // One budget answers 429, two of them 500. An eviction that is refused does not stop the others.
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
    throw blocked(left, { asked, held }, ctx)
  }
}

interface Evictions {
  readonly asked: ReadonlySet<string>
  /** Why the API did not evict a pod, by its uid. */
  readonly held: ReadonlyMap<string, string>
}

function blocked(
  left: readonly DrainedPod[],
  { asked, held }: Evictions,
  { timeoutMs, hint }: Pick<EvictAccess, 'timeoutMs' | 'hint'>,
): KadmError {
  const problems = left.map(({ namespace, name, uid }) => ({
    message:
      held.get(uid) ??
      `the pod ${namespace}/${name} ${asked.has(uid) ? 'was evicted and has not ended yet' : 'is there'}`,
  }))
  const count = left.length === 1 ? 'a pod is' : `${left.length} pods are`
  return new KadmError('DRAIN_BLOCKED', `${count} still on the node after ${timeoutMs / 1000} s`, {
    problems,
    hint,
  })
}
