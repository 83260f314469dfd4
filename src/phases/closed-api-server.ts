import type { Cri } from '../clients/cri/cri.ts'
import { isAnswer } from '../errors/kadm-error.ts'
import type { ConnectTarget, HostReader } from '../host/host.ts'
import { componentUrl } from '../observe/machine/component-url.ts'
import { readStaticPod } from '../observe/machine/static-pod.ts'
import { unlessRuntimeAnswers } from './after-manifests.ts'
import { runningContainers } from '../observe/machine/running-containers.ts'
import type { PhaseContext } from './phase.ts'

const component = 'kube-apiserver'

/** Milliseconds for requests that kube-apiserver still answers after it has closed its port. */
const graceMs = 10_000

/** A connection that takes longer is not refused: its port counts as open. */
const connectMs = 2000

/**
 * Returns a function to call in a loop while the kubelet stops kube-apiserver. A stopping kube-apiserver closes its port,
 * and then waits up to a minute for its clients to end their watches; the kubelet kills it after 30 s. After `graceMs`
 * with a closed port only old watches are left, so the function kills the container. It kills only once, and no container
 * that did not run while the port was open: call it before the stop, too.
 */
export async function closedApiServer(
  ctx: Pick<PhaseContext, 'host' | 'cri'>,
  grace = graceMs,
): Promise<() => Promise<void>> {
  const target = await portOf(ctx.host)
  if (target === undefined) return async () => undefined
  let served: ReadonlySet<string> = new Set()
  let closedAt: number | undefined
  const kill = async (cri: Cri) => {
    const left = (await running(cri)).filter(id => served.has(id))
    served = new Set()
    await Promise.all(left.map(id => cri.stopContainer(id, 0)))
  }
  return async () => {
    if (!(await isClosed(ctx.host, target))) {
      closedAt = undefined
      const found = await withRuntime(ctx, running, [])
      // A container that was listed may have ended, and its port may be that of the next one.
      if (!(await isClosed(ctx.host, target))) served = new Set(found)
      return
    }
    closedAt ??= performance.now()
    if (performance.now() - closedAt >= grace && served.size > 0) await withRuntime(ctx, kill, undefined)
  }
}

/** undefined if the node has no manifest of the component, or one whose address cannot be read. */
async function portOf(host: HostReader): Promise<ConnectTarget | undefined> {
  const pod = await readStaticPod(host, component)
  const url = pod === undefined ? '' : componentUrl(pod, component)
  if (!URL.canParse(url)) return undefined
  const { hostname, port } = new URL(url)
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 443) }
}

/** True only if the port refuses connections. A server that accepts them and does not answer has not closed its port. */
async function isClosed(host: HostReader, target: ConnectTarget): Promise<boolean> {
  const signal = AbortSignal.timeout(connectMs)
  try {
    ;(await host.connect(target, { signal })).destroy()
    return false
  } catch (error) {
    if (signal.aborted) return false
    if (!isAnswer(error)) throw error
    return error.reason === 'refused'
  }
}

async function running(cri: Cri): Promise<readonly string[]> {
  return (await runningContainers(cri, component)).map(({ id }) => id)
}

/** Continues if the runtime does not answer: the kubelet stops the container without it. */
async function withRuntime<T>({ cri }: Pick<PhaseContext, 'cri'>, ask: (cri: Cri) => Promise<T>, otherwise: T) {
  try {
    return await ask(await cri())
  } catch (error) {
    return unlessRuntimeAnswers(error, otherwise)
  }
}
