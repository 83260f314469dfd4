import { isKadmError } from '../../errors/kadm-error.ts'
import { missingImages, pullImages as pull } from '../../ops/pull-images.ts'
import type { PhaseContext } from '../phase.ts'
import { type Finding, failure } from './check.ts'
import { settle } from './run-checks.ts'

/** Gets the images that the runtime lacks (all of them under policy Always), one by one or side by side. */
export async function pullImages(ctx: PhaseContext, images: readonly string[]): Promise<void> {
  if (ctx.node.imagePullPolicy === 'Never') return
  settle(ctx, [{ check: 'ImagePull', findings: await pullMissing(ctx, images) }])
}

async function pullMissing(ctx: PhaseContext, images: readonly string[]): Promise<readonly Finding[]> {
  const { imagePullPolicy, imagePullSerial } = ctx.node
  const told = (text: string) => ctx.report({ kind: 'progress', text })
  try {
    const cri = await ctx.cri()
    const wanted = imagePullPolicy === 'Always' ? images : await missingImages(cri, images)
    if (wanted.length === 0) return []
    told(`pulling ${wanted.length} of ${images.length} images`)
    const { signal } = ctx.session
    const problems = await pull({ cri, images: wanted, serial: imagePullSerial, signal, told })
    return problems.map(({ message, remedy = '' }) => failure(message, remedy))
  } catch (error) {
    if (!isKadmError(error, 'CRI_FAILED') && !isKadmError(error, 'HOST_CONNECT')) throw error
    return [failure(`could not connect to the container runtime: ${error.message}`, 'start the container runtime')]
  }
}
