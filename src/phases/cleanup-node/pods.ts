import type { Cri, CriPod } from '../../clients/cri/cri.ts'
import { isKadmError } from '../../errors/kadm-error.ts'
import type { PhaseContext } from '../phase.ts'

/** Later rounds remove pods that the kubelet requested just before it ended. */
const rounds = 3

/**
 * Removes the pods of the kubelet in parallel and keeps those of others. A pod that the kubelet requested just before
 * it ended can start later, so it checks again. Returns false if the runtime does not answer, or if pods come back.
 */
export async function removePods(ctx: PhaseContext): Promise<boolean> {
  let all = true
  const tried = new Set<string>()
  try {
    const cri = await ctx.cri()
    const untried = async () => (await cri.pods()).filter(({ id, ofKubelet }) => ofKubelet && !tried.has(id))
    for (let round = 0; ; round++) {
      const pods = await untried()
      if (pods.length === 0) return all
      if (round === rounds) return reportReturned(ctx, pods)
      for (const { id } of pods) tried.add(id)
      all = (await removeAll(ctx, cri, pods)) && all
    }
  } catch (error) {
    warn(ctx, 'the pods', error)
    return false
  }
}

async function removeAll(ctx: PhaseContext, cri: Cri, pods: readonly CriPod[]): Promise<boolean> {
  ctx.report({ kind: 'progress', text: `removing ${pods.length} pods` })
  const results = await Promise.allSettled(pods.map(pod => cri.removePod(pod)))
  results.forEach((result, i) => {
    if (result.status === 'rejected') warn(ctx, `the pod ${pods[i]?.namespace}/${pods[i]?.name}`, result.reason)
  })
  return results.every(({ status }) => status === 'fulfilled')
}

function reportReturned(ctx: PhaseContext, pods: readonly CriPod[]): false {
  const names = pods.map(({ namespace, name }) => `${namespace}/${name}`).join(', ')
  const text = `a kubelet is still running and recreates its pods: ${names}; stop it and reset again`
  ctx.report({ kind: 'warning', text })
  return false
}

function warn(ctx: PhaseContext, what: string, error: unknown): void {
  if (!isKadmError(error, 'CRI_FAILED') && !isKadmError(error, 'HOST_CONNECT')) throw error
  ctx.report({ kind: 'warning', text: `${what} could not be removed: ${error.message}` })
}
