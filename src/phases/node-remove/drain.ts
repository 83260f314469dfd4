import { isReady } from '../../clients/kube/node.ts'
import type { RemoveRequest } from '../../cluster/request.ts'
import { readNodePods } from '../../observe/cluster/node-pods.ts'
import { drainNode } from '../../ops/drain.ts'
import type { Phase, PhaseContext } from '../phase.ts'
import { findNode } from './target.ts'

/** Cordons the node and evicts its pods, as disruption budgets allow. */
export const drainRemovedNode: Phase<RemoveRequest> = {
  id: 'node-remove/drain',
  title: 'Drain the node',
  about: 'Cordons the node and evicts its pods, as disruption budgets allow; skips a node that does not respond.',
  kubeadm: 'none',
  async run(ctx) {
    const { name, force, drainTimeoutMs } = ctx.request
    const node = await findNode(ctx)
    if (node === undefined) return
    const onAway = () => reportNoAnswer(ctx)
    if (!isReady(node)) return onAway()
    await drainNode(ctx, { node, pods: kube => readNodePods(kube, name), timeoutMs: drainTimeoutMs, force, onAway })
  },
}

function reportNoAnswer(ctx: PhaseContext<RemoveRequest>): void {
  const { name } = ctx.request
  const text = `${name} is unreachable: its pods are deleted with its Node and recreated on other nodes`
  ctx.report({ kind: 'progress', text })
}
