import { nodeRef } from '../../clients/kube/kube.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import type { RemoveRequest } from '../../cluster/request.ts'
import { isKadmError, KadmError } from '../../errors/kadm-error.ts'
import { type NodePod, readNodePods } from '../../observe/cluster/node-pods.ts'
import { withApi } from '../../ops/api.ts'
import { drainPods } from '../../ops/drain.ts'
import type { Phase, PhaseContext } from '../phase.ts'
import { findNode } from './target.ts'

/** Keeps new Pods off the node and moves those on it elsewhere, as disruption budgets allow. */
export const drainNode: Phase<RemoveRequest> = {
  id: 'node-remove/drain',
  title: 'Drain the node',
  async run(ctx) {
    const { name, force } = ctx.request
    const node = await findNode(ctx)
    if (node === undefined) return
    if (!isReady(node)) return tellNoAnswer(ctx)
    const pods = await withApi(ctx, `listing the Pods of ${name}`, kube => readNodePods(kube, name))
    const lost = pods.filter(({ fate }) => fate === 'lost')
    if (lost.length > 0 && !force) throw wouldBeLost(lost)
    await cordon(ctx, node)
    await drain(
      ctx,
      pods.filter(({ fate }) => fate !== 'stays'),
    )
  },
}

function isReady(node: KubeObject): boolean {
  const { conditions = [] } = (node.status ?? {}) as {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  }
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
}

async function cordon(ctx: PhaseContext<RemoveRequest>, node: KubeObject): Promise<void> {
  const { unschedulable } = (node.spec ?? {}) as { readonly unschedulable?: boolean }
  if (unschedulable === true) return
  const { name } = node.metadata
  const patch = { spec: { unschedulable: true } }
  await withApi(ctx, `keeping new Pods off ${name}`, kube => kube.patch(nodeRef(name), patch, 'strategic'))
}

function tellNoAnswer(ctx: PhaseContext<RemoveRequest>): void {
  const { name } = ctx.request
  const text = `${name} does not answer the cluster: its Pods go with its Node, and are made anew elsewhere`
  ctx.report({ kind: 'progress', text })
}

/** Ends early when the node turns out to be gone: the cluster notices that some 50 s after the machine's end. */
async function drain(ctx: PhaseContext<RemoveRequest>, pods: readonly NodePod[]): Promise<void> {
  const { name, drainTimeoutMs, force } = ctx.request
  if (pods.length > 0)
    ctx.report({ kind: 'progress', text: `evicting ${pods.length === 1 ? 'a Pod' : `${pods.length} Pods`}` })
  const kube = await ctx.kube('admin')
  const left = async () => {
    const [node, onNode] = await Promise.all([kube.get(nodeRef(name)), readNodePods(kube, name)])
    if (node !== undefined && isReady(node)) return onNode
    if (onNode.length > 0) tellNoAnswer(ctx)
    return []
  }
  try {
    await drainPods({ kube, until: ctx.until, left }, pods, drainTimeoutMs)
  } catch (error) {
    if (!isKadmError(error, 'DRAIN_BLOCKED') || !force) throw error
    const left = error.problems.map(({ message }) => message).join('; ')
    ctx.report({ kind: 'warning', text: `${error.message}, and go with it: ${left}` })
  }
}

function wouldBeLost(pods: readonly NodePod[]): KadmError {
  const names = pods.map(({ namespace, name }) => `${namespace}/${name}`).join(', ')
  return new KadmError('DRAIN_BLOCKED', `nothing would make these Pods anew elsewhere: ${names}`, {
    hint: 'save what they hold and delete them, or let them go with --force',
  })
}
