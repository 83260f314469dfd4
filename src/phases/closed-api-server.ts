import type { Cri } from '../clients/cri/cri.ts'
import { isAnswer } from '../errors/kadm-error.ts'
import type { ConnectTarget, HostReader } from '../host/host.ts'
import { componentUrl } from '../observe/machine/component-url.ts'
import { readStaticPod } from '../observe/machine/static-pod.ts'
import { unlessRuntimeAnswers } from './after-manifests.ts'
import type { PhaseContext } from './phase.ts'

const component = 'kube-apiserver'

/** Milliseconds for requests that kube-apiserver still answers after it has closed its port. */
const graceMs = 10_000

/**
 * Returns a function to call in a loop while the kubelet stops kube-apiserver. A stopping kube-apiserver closes its port
 * at once, and then waits a minute for its clients to end their watches; the kubelet kills it after 30 s. Its clients
 * have left by then, and no other one can start, so that `graceMs` after it has closed its port the function kills it.
 * It kills no container that it has not seen with an open port, and kills only once. Call it before the stop, too.
 */
export async function closedApiServer(
  ctx: Pick<PhaseContext, 'host' | 'cri'>,
  grace = graceMs,
): Promise<() => Promise<void>> {
  const pod = await readStaticPod(ctx.host, component)
  if (pod === undefined) return async () => undefined
  const { hostname, port } = new URL(componentUrl(pod, component))
  const target = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 443) }
  let served: ReadonlySet<string> = new Set()
  let closedAt: number | undefined
  const kill = async (cri: Cri) => {
    const left = (await running(cri)).filter(id => served.has(id))
    served = new Set()
    await Promise.all(left.map(id => cri.stopContainer(id, 0)))
  }
  return async () => {
    if (await isOpen(ctx.host, target)) {
      closedAt = undefined
      served = new Set(await withRuntime(ctx, running, []))
      return
    }
    closedAt ??= performance.now()
    if (performance.now() - closedAt >= grace && served.size > 0) await withRuntime(ctx, kill, undefined)
  }
}

/** False if the port refuses connections. A server that accepts them and does not answer has not closed its port. */
async function isOpen(host: HostReader, target: ConnectTarget): Promise<boolean> {
  try {
    ;(await host.connect(target)).destroy()
    return true
  } catch (error) {
    if (!isAnswer(error)) throw error
    return error.code !== 'HOST_CONNECT'
  }
}

async function running(cri: Cri): Promise<readonly string[]> {
  const labels = { 'io.kubernetes.container.name': component, 'io.kubernetes.pod.namespace': 'kube-system' }
  return (await cri.containers(labels)).flatMap(({ id, state }) => (state === 'running' ? [id] : []))
}

/** Continues if the runtime does not answer: the kubelet stops the container without it. */
async function withRuntime<T>({ cri }: Pick<PhaseContext, 'cri'>, ask: (cri: Cri) => Promise<T>, otherwise: T) {
  try {
    return await ask(await cri())
  } catch (error) {
    return unlessRuntimeAnswers(error, otherwise)
  }
}
