import { isKadmError } from '../../errors/kadm-error.ts'
import type { PhaseContext } from '../phase.ts'

/** Removes the pods that the kubelet made, side by side; those of others stay. A runtime that does not answer is told. */
export async function removePods(ctx: PhaseContext): Promise<void> {
  try {
    const cri = await ctx.cri()
    const pods = (await cri.pods()).filter(({ ofKubelet }) => ofKubelet)
    if (pods.length > 0) ctx.report({ kind: 'progress', text: `removing ${pods.length} pods` })
    const results = await Promise.allSettled(pods.map(pod => cri.removePod(pod)))
    results.forEach((result, i) => {
      if (result.status === 'rejected') warn(ctx, `the pod ${pods[i]?.namespace}/${pods[i]?.name}`, result.reason)
    })
  } catch (error) {
    warn(ctx, 'the pods', error)
  }
}

function warn(ctx: PhaseContext, what: string, error: unknown): void {
  if (!isKadmError(error, 'CRI_FAILED') && !isKadmError(error, 'HOST_CONNECT')) throw error
  ctx.report({ kind: 'warning', text: `${what} could not be removed: ${error.message}` })
}
