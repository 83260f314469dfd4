import { nodeRef } from '../clients/kube/kube.ts'
import { isReady, readiness } from '../clients/kube/node.ts'
import type { KubeObject } from '../cluster/kube-object.ts'
import type { Watch } from '../cluster/until.ts'
import type { ApiAccess } from './api.ts'

export interface NodeWait {
  readonly timeoutMs: number
  /** Observes the host of the node and ends the wait if the cause why it cannot become ready is certain. */
  readonly watch?: Watch
}

/** Waits until a Node is ready, and returns it. Throws TIMEOUT with the state of the Node. */
export async function waitForReady(
  ctx: Pick<ApiAccess, 'kube' | 'until'>,
  name: string,
  { timeoutMs, watch }: NodeWait,
): Promise<KubeObject> {
  const kube = await ctx.kube('admin')
  let found: KubeObject | undefined
  const probe = async () => {
    found = await kube.get(nodeRef(name))
    return found !== undefined && isReady(found) ? found : undefined
  }
  const states = async () => [stateOf(name, found), ...((await watch?.states()) ?? [])]
  return ctx.until(`readiness of the Node ${name}`, watch === undefined ? probe : watch.over(probe), {
    timeoutMs,
    intervalMs: 1000,
    assume: { apiVersion: 'v1', kind: 'Node', metadata: { name } },
    states,
  })
}

function stateOf(name: string, node: KubeObject | undefined): string {
  if (node === undefined) return `the cluster has no Node ${name}`
  const ready = readiness(node)
  if (ready === 'Unknown') return `the kubelet of ${name} does not answer the cluster`
  return ready === undefined ? `the kubelet of ${name} has not reported yet` : `the Node ${name} is not ready`
}
