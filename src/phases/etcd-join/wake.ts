import type { Etcd } from '../../clients/etcd/etcd.ts'
import { isKadmError } from '../../errors/kadm-error.ts'
import { etcdClientUrl } from '../../render/etcd.ts'
import type { PhaseContext } from '../phase.ts'

/** Whoever serves, answers within this time on any machine that can run etcd. */
const promptMs = 500

/**
 * Starts a learner again that would serve no client for 7 s. etcd announces itself to the cluster as it starts, and
 * serves when it sees that announcement in its log; the first snapshot of a new member mostly holds it already, so that
 * it is waited for in vain. A learner has no vote: nobody misses it for the second that it takes. What does not help
 * does no harm: then it serves after 7 s.
 */
export async function wake(ctx: PhaseContext, etcd: Etcd): Promise<void> {
  const endpoint = etcdClientUrl(ctx.node.advertiseAddress)
  const serves = () => etcd.status(endpoint, { timeoutMs: promptMs }).then(() => true as const, asleep)
  try {
    if (await serves()) return
    ctx.report({
      kind: 'progress',
      text: 'starting the learner once more: it waits for an announcement that it missed',
    })
    const runtime = await ctx.cri()
    const containers = await runtime.containers({ 'io.kubernetes.container.name': 'etcd' })
    const running = containers.filter(({ state, namespace }) => state === 'running' && namespace === 'kube-system')
    await Promise.all(running.map(({ id }) => runtime.stopContainer(id)))
    await ctx.until('an etcd member that serves clients', serves, { timeoutMs: 10_000, intervalMs: 50, assume: true })
  } catch (error) {
    if (!isKadmError(error) || !['TIMEOUT', 'CRI_FAILED', 'HOST_CONNECT'].includes(error.code)) throw error
  }
}

function asleep(error: unknown): undefined {
  if (!isKadmError(error, 'ETCD_UNREACHABLE')) throw error
}
