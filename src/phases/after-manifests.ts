import type { Cri } from '../clients/cri/cri.ts'
import { isKadmError } from '../errors/kadm-error.ts'
import { timeOn } from '../observe/machine/clock.ts'
import { idleMs, manifestsApplied, staticPodsIdle } from '../observe/start/held-back.ts'
import { readKubeletPods } from '../observe/start/kubelet-pods.ts'
import { runningContainers } from '../observe/machine/running-containers.ts'
import type { PhaseContext } from './phase.ts'

/**
 * Returns a probe that gives no result until the kubelet has applied the current manifests. kubeadm compares the static
 * pod hash before and after; this probe also works for a run that was killed in between. It restarts a kubelet once
 * that does not act on the manifests.
 */
export function afterManifests(
  ctx: PhaseContext,
  components: readonly string[],
  probe: () => Promise<true | undefined>,
): () => Promise<true | undefined> {
  const { cri, host, node } = ctx
  const wake = waker(ctx, components)
  let hasReported = false
  const takenUp = async () => {
    const kube = await ctx.kube('admin')
    const before = hasReported
    const report = async () => {
      const pods = await readKubeletPods(kube, node.name, components)
      hasReported ||= pods !== undefined
      return pods
    }
    return manifestsApplied({ host, cri: await cri(), nodeName: node.name, components, report, hasReported: before })
  }
  return async () => {
    const answer = await probe().catch(async error => {
      await wake(false)
      throw error
    })
    if (answer !== undefined && (await takenUp().catch(error => unlessRuntimeAnswers(error, true)))) return answer
    await wake(answer !== undefined)
    return undefined
  }
}

/** Restarts the kubelet once if it keeps an earlier static pod, or none. */
function waker(ctx: PhaseContext, components: readonly string[]): (othersAnswer: boolean) => Promise<void> {
  const { cri, host, node, session, report } = ctx
  const started = performance.now()
  const began = new Date(timeOn(node).getTime() - (Date.now() - session.startedAt.getTime()))
  let awake = false
  return async othersAnswer => {
    if (awake || performance.now() - started < idleMs) return
    const idle = othersAnswer
      ? components
      : await cri()
          .then(runtime => staticPodsIdle(host, runtime, node.name, { components, since: began }))
          .catch(error => unlessRuntimeAnswers(error, []))
    if (idle.length === 0) return
    awake = true
    const what = othersAnswer ? 'still runs an earlier' : 'does not start'
    report({ kind: 'progress', text: `restarting the kubelet, which ${what} ${idle.join(', ')}` })
    if (!othersAnswer && idle.includes('etcd'))
      await cri()
        .then(stopApi)
        .catch(error => unlessRuntimeAnswers(error, undefined))
    await host.exec(['systemctl', 'restart', 'kubelet'])
  }
}

/** A starting kubelet waits minutes for an API server that accepts connections and, without etcd, does not answer. */
async function stopApi(runtime: Cri): Promise<void> {
  const running = await runningContainers(runtime, 'kube-apiserver')
  await Promise.all(running.map(({ id }) => runtime.stopContainer(id)))
}

/** A runtime that does not answer delays nothing. If no component starts, the wait for it explains the cause. */
export function unlessRuntimeAnswers<T>(error: unknown, otherwise: T): T {
  if (isKadmError(error, 'CRI_FAILED') || isKadmError(error, 'HOST_CONNECT')) return otherwise
  throw error
}
