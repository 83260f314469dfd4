import type { Etcd } from '../../clients/etcd/etcd.ts'
import { endsRun, isKadmError } from '../../errors/kadm-error.ts'
import { watchOver } from '../../observe/start/watch-start.ts'
import { etcdClientUrl } from '../../render/etcd.ts'
import type { PhaseContext } from '../phase.ts'

/** A serving member responds within this time on any host that can run etcd, excluding network latency. */
const promptMs = 500

/** A new connection takes four times there and back: over SSH, for TCP, for TLS, and for the question. */
const tripsOfStatus = 4

/** For a question that is asked again: one that wakes meanwhile answers it at once. */
const patientMs = 10_000

/**
 * Waits until the learner serves clients: one that does not run may not become a voter, since etcd promotes a member that was in
 * sync, and would then lack a voter until it is back. Throws TIMEOUT.
 *
 * A learner that would serve no client for 7 s is started again. etcd announces itself to the cluster as it starts, and
 * serves when it sees that announcement in its log; the first snapshot of a new member mostly holds it already, so that
 * it is waited for in vain. A learner has no vote: its absence for a second has no effect. What does not help
 * does no harm: then it serves after 7 s.
 */
export async function untilServing(ctx: PhaseContext, etcd: Etcd): Promise<void> {
  const endpoint = etcdClientUrl(ctx.node.advertiseAddress)
  const serves = (timeoutMs: number) => etcd.status(endpoint, { timeoutMs }).then(() => true as const, asleep)
  const asked = performance.now()
  await etcd.members().catch(unlessOver)
  const trip = performance.now() - asked
  if (await serves(promptMs + tripsOfStatus * trip)) return
  await startAgain(ctx)
  const timeoutMs = ctx.request.timeouts.etcdAPICall
  const probe = () => serves(patientMs)
  await ctx.until('an etcd member that serves clients', probe, {
    timeoutMs,
    field: 'etcdAPICall',
    states: watchOver(ctx, ['etcd']).states,
    intervalMs: 50,
    assume: true,
  })
}

/** The kubelet starts a container again at once only the first time; after that it lets ten seconds pass, and more. */
async function startAgain(ctx: PhaseContext): Promise<void> {
  try {
    const runtime = await ctx.cri()
    const containers = await runtime.containers({ 'io.kubernetes.container.name': 'etcd' })
    const running = containers.filter(({ state, namespace }) => state === 'running' && namespace === 'kube-system')
    if (running.some(({ attempt }) => attempt > 0)) return
    ctx.report({
      kind: 'progress',
      text: 'starting the learner once more: it waits for an announcement that it missed',
    })
    await Promise.all(running.map(({ id }) => runtime.stopContainer(id)))
  } catch (error) {
    if (!isKadmError(error, 'CRI_FAILED') && !isKadmError(error, 'HOST_CONNECT')) throw error
  }
}

/** Only the time it takes matters. */
function unlessOver(error: unknown): void {
  if (endsRun(error)) throw error
}

function asleep(error: unknown): undefined {
  if (!isKadmError(error, 'ETCD_UNREACHABLE')) throw error
}
