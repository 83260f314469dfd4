import { isKadmError } from '../../errors/kadm-error.ts'
import type { PhaseContext } from '../phase.ts'

/**
 * Removes the pods that the kubelet made, side by side; those of others stay. One that the kubelet had asked for as it
 * ended may come up meanwhile, so it looks again until there is no new one. A runtime that does not answer is told.
 */
export async function removePods(ctx: PhaseContext): Promise<void> {
  const tried = new Set<string>()
  try {
    const cri = await ctx.cri()
    for (;;) {
      const pods = (await cri.pods()).filter(({ id, ofKubelet }) => ofKubelet && !tried.has(id))
      if (pods.length === 0) return
      ctx.report({ kind: 'progress', text: `removing ${pods.length} pods` })
      const results = await Promise.allSettled(pods.map(pod => cri.removePod(pod)))
      results.forEach((result, i) => {
        if (result.status === 'rejected') warn(ctx, `the pod ${pods[i]?.namespace}/${pods[i]?.name}`, result.reason)
      })
      for (const { id } of pods) tried.add(id)
    }
  } catch (error) {
    warn(ctx, 'the pods', error)
  }
}

function warn(ctx: PhaseContext, what: string, error: unknown): void {
  if (!isKadmError(error, 'CRI_FAILED') && !isKadmError(error, 'HOST_CONNECT')) throw error
  ctx.report({ kind: 'warning', text: `${what} could not be removed: ${error.message}` })
}
