import { type Kube, nodeRef } from '../clients/kube/kube.ts'
import { heartbeat, isReady } from '../clients/kube/node.ts'
import { watchOver } from '../observe/start/watch-start.ts'
import type { PhaseContext } from './phase.ts'

/**
 * Waits until a kubelet has reported to the API server since the run began, and its Node is Ready. A Node that was Ready
 * before its kubelet lost its certificate keeps this condition until the cluster notices.
 */
export async function untilNodeReports(ctx: PhaseContext): Promise<void> {
  const { name, role, facts } = ctx.node
  const since = new Date(ctx.session.startedAt.getTime() + (facts.clock?.aheadMs ?? 0))
  const watch = watchOver({ ...ctx, session: { startedAt: new Date() } }, [])
  let state = ''
  const probe = async () => {
    const kube = await ctx.kube(role === 'control-plane' ? 'admin' : 'source')
    const report = await readReport(kube, name)
    state = inWords(name, report, since)
    return state === '' ? (true as const) : undefined
  }
  await ctx.until(`a report of the kubelet of ${name} to the cluster`, watch.over(probe), {
    timeoutMs: ctx.request.timeouts.kubeletHealthCheck,
    field: 'kubeletHealthCheck',
    states: async () => [...(state === '' ? [] : [state]), ...(await watch.states())],
    intervalMs: 250,
    assume: true,
  })
}

interface Report {
  readonly exists: boolean
  readonly ready: boolean
  /** The last time at which the kubelet renewed its lease or reported the status of its Node. */
  readonly at?: Date
}

async function readReport(kube: Kube, name: string): Promise<Report> {
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'kube-node-lease', name }
  const [node, held] = await Promise.all([kube.get(nodeRef(name)), kube.get(lease)])
  if (node === undefined) return { exists: false, ready: false }
  const { renewTime } = (held?.spec ?? {}) as { readonly renewTime?: string }
  const times = [renewTime, heartbeat(node)].flatMap(text => (text === undefined ? [] : [Date.parse(text)]))
  return { exists: true, ready: isReady(node), ...(times.length === 0 ? {} : { at: new Date(Math.max(...times)) }) }
}

/** Returns what is missing; empty if nothing is. */
function inWords(name: string, { exists, ready, at }: Report, since: Date): string {
  if (!exists) return `the cluster has no Node ${name}`
  if (at === undefined || at < since) return `the kubelet of ${name} does not report to the cluster`
  return ready ? '' : `the Node ${name} is not ready`
}
