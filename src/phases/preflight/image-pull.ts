import type { Cri } from '../../clients/cri/cri.ts'
import { isKadmError } from '../../errors/kadm-error.ts'
import type { PhaseContext } from '../phase.ts'
import { type Finding, failure } from './check.ts'
import { settle } from './run-checks.ts'

/** kubeadm's PullImageRetry. */
const tries = 5

/** Gets the images that the runtime lacks (all of them under policy Always), one by one or side by side. */
export async function pullImages(ctx: PhaseContext, images: readonly string[]): Promise<void> {
  if (ctx.node.imagePullPolicy === 'Never') return
  settle(ctx, [{ check: 'ImagePull', findings: await pullMissing(ctx, images) }])
}

async function pullMissing(ctx: PhaseContext, images: readonly string[]): Promise<readonly Finding[]> {
  const { imagePullPolicy, imagePullSerial } = ctx.node
  try {
    const runtime = await ctx.cri()
    const wanted = imagePullPolicy === 'Always' ? images : await missingOf(runtime, images)
    if (wanted.length === 0) return []
    ctx.report({ kind: 'progress', text: `pulling ${wanted.length} of ${images.length} images` })
    if (!imagePullSerial) return (await Promise.all(wanted.map(image => pull(ctx, runtime, image)))).flat()
    const findings: Finding[] = []
    for (const image of wanted) findings.push(...(await pull(ctx, runtime, image)))
    return findings
  } catch (error) {
    if (!isKadmError(error, 'CRI_FAILED') && !isKadmError(error, 'HOST_CONNECT')) throw error
    return [failure(`could not connect to the container runtime: ${error.message}`, 'start the container runtime')]
  }
}

async function missingOf(runtime: Cri, images: readonly string[]): Promise<readonly string[]> {
  const present = await Promise.all(images.map(image => runtime.hasImage(image)))
  return images.filter((_, i) => present[i] !== true)
}

async function pull(ctx: PhaseContext, runtime: Cri, image: string): Promise<readonly Finding[]> {
  let reason = ''
  for (let attempt = 1; attempt <= tries; attempt++) {
    ctx.session.signal.throwIfAborted()
    const again = attempt === 1 ? '' : ` (try ${attempt} of ${tries}, after: ${reason})`
    ctx.report({ kind: 'progress', text: `pulling ${image}${again}` })
    try {
      await runtime.pullImage(image)
      return []
    } catch (error) {
      if (!isKadmError(error)) throw error
      reason = error.message
    }
  }
  const remedy = `see that the machine reaches the registry of ${image}, or import the image into the container runtime`
  return [failure(`failed to pull image ${image}: ${reason}`, remedy)]
}
