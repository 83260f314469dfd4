import { kubernetesComponents } from '../../cluster/components.ts'
import type { ResetRequest } from '../../cluster/request.ts'
import { isKadmError, KadmError } from '../../errors/kadm-error.ts'
import { readOwnEtcd } from '../../observe/etcd/own-etcd.ts'
import { type Process, readProcesses, showProcesses } from '../../observe/machine/processes.ts'
import type { PhaseContext } from '../phase.ts'

/** Time in milliseconds for stopped processes to end. */
const patienceMs = 10_000

/** Components of Kubernetes. Those of the control plane can run outside the cgroups of pods. */
const components = new Set<string>(['kubelet', ...kubernetesComponents])

/**
 * Throws STILL_RUNNING, which names each program, while a component of Kubernetes runs. Looks at processes, because a
 * container runtime may not list them. `stopped`: all pods were removed, so it waits for a while.
 */
export async function requireStandstill(ctx: PhaseContext<ResetRequest>, stopped: boolean): Promise<void> {
  let left: readonly Process[] = []
  const probe = async () => {
    left = await readRunning(ctx)
    return left.length === 0 ? (true as const) : undefined
  }
  try {
    const timeoutMs = stopped ? patienceMs : 0
    await ctx.until('the end of the pods', probe, { timeoutMs, intervalMs: 100, assume: true })
  } catch (error) {
    if (!isKadmError(error, 'TIMEOUT') || left.length === 0) throw error
    throw stillRunning(ctx, left)
  }
}

async function readRunning({ host, cluster, node, request }: PhaseContext<ResetRequest>): Promise<readonly Process[]> {
  const [processes, etcd] = await Promise.all([readProcesses(host), readOwnEtcd(host, cluster, node, request)])
  const own = new Set(etcd?.pids)
  const isComponent = ({ program, onHostNetwork }: Process) => onHostNetwork && components.has(program)
  return processes.filter(one => one.ofPod || isComponent(one) || own.has(one.pid))
}

function stillRunning({ node }: PhaseContext, left: readonly Process[]): KadmError {
  const message = `the reset of ${node.name} is not complete: ${showProcesses(left).join(', ')} still ${left.length === 1 ? 'runs' : 'run'}; no file was removed`
  const pids = left.map(({ pid }) => pid).join(' ')
  return new KadmError('STILL_RUNNING', message, {
    hint: `see that the container runtime at ${node.criSocket} answers and reset again; what it cannot stop, end with \`kill ${pids}\``,
  })
}
