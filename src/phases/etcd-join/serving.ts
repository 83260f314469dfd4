import type { Etcd } from '../../clients/etcd/etcd.ts'
import { isKadmError, orUndefined } from '../../errors/kadm-error.ts'
import { watchOver } from '../../observe/start/watch-start.ts'
import { etcdClientUrl } from '../../render/etcd.ts'
import { runningContainers } from '../../observe/machine/running-containers.ts'
import type { ControlPlaneContext } from '../phase.ts'

/** A serving member responds within this time on any host that can run etcd, excluding network latency. */
const promptMs = 500

/** A new connection takes four round trips: for SSH, TCP, TLS, and the request. */
const tripsOfStatus = 4

/** Timeout of a repeated request in milliseconds. A member that starts in the meantime answers at once. */
const patientMs = 10_000

/**
 * Waits until the learner serves clients. A learner that does not run must not become a voter: etcd promotes a member
 * that was in sync, and would then lack a voter. Throws TIMEOUT.
 *
 * Restarts a learner that would not serve clients for 7 s: etcd publishes its attributes at the start and serves when
 * it reads them in its log, but the first snapshot of a new member usually contains them already. A learner has no
 * vote, so a restart has no effect on the cluster. If the restart does not help, the learner serves after 7 s.
 */
export async function untilServing(ctx: ControlPlaneContext, etcd: Etcd): Promise<void> {
  const endpoint = etcdClientUrl(ctx.node.advertiseAddress)
  const serves = (timeoutMs: number) => etcd.status(endpoint, { timeoutMs }).then(() => true as const, asleep)
  const asked = performance.now()
  await etcd.members().catch(orUndefined)
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

/** The kubelet restarts a container at once only the first time; later restarts are delayed by ten seconds and more. */
async function startAgain(ctx: ControlPlaneContext): Promise<void> {
  try {
    const runtime = await ctx.cri()
    const running = await runningContainers(runtime, 'etcd')
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

function asleep(error: unknown): undefined {
  if (!isKadmError(error, 'ETCD_UNREACHABLE')) throw error
}
