import type { Cri } from '../../clients/cri/cri.ts'
import { pauseImage } from '../../cluster/images.ts'
import { isKadmError } from '../../errors/kadm-error.ts'
import { missingImages, pullImages } from '../../ops/pull-images.ts'
import type { PhaseContext } from '../phase.ts'
import { type Finding, failure, warning } from './check.ts'
import { settle } from './run-checks.ts'

export const imagePullCheck = 'ImagePull'

/** Pulls the images that the runtime does not have (all of them with policy Always), serially or in parallel. */
export async function pullMissingImages(ctx: PhaseContext, images: readonly string[]): Promise<void> {
  if (ctx.node.imagePullPolicy === 'Never') return
  settle(ctx, [{ check: imagePullCheck, findings: await pullMissing(ctx, images) }])
}

async function pullMissing(ctx: PhaseContext, images: readonly string[]): Promise<readonly Finding[]> {
  const { imagePullPolicy, imagePullSerial } = ctx.node
  const report = (text: string) => ctx.report({ kind: 'progress', text })
  try {
    const cri = await ctx.cri()
    const sandbox = await judgeSandbox(ctx, cri)
    const wanted = imagePullPolicy === 'Always' ? images : await missingImages(cri, images)
    if (wanted.length === 0) return sandbox
    report(`pulling ${wanted.length} of ${images.length} images`)
    const { signal } = ctx.session
    const problems = await pullImages({ cri, images: wanted, serial: imagePullSerial, signal, report })
    return [...sandbox, ...problems.map(({ message, remedy = '' }) => failure(message, remedy))]
  } catch (error) {
    if (!isKadmError(error, 'CRI_FAILED') && !isKadmError(error, 'HOST_CONNECT')) throw error
    return [failure(`could not connect to the container runtime: ${error.message}`, 'start the container runtime')]
  }
}

/** Checks that the sandbox image that is pulled is the one that the runtime uses. A runtime without a report passes. */
async function judgeSandbox({ cluster }: PhaseContext, cri: Cri): Promise<readonly Finding[]> {
  const own = pauseImage(cluster.config)
  const used = await sandboxOf(cri)
  if (used === undefined || used === own) return []
  const message =
    `detected that the sandbox image "${used}" of the container runtime is inconsistent with that used by kubeadm. ` +
    `It is recommended to use "${own}" as the CRI sandbox image.`
  const remedy =
    'containerd 2 has it as pinned_images.sandbox, containerd 1 as sandbox_image, CRI-O as pause_image; restart the runtime after'
  return [warning(message, remedy)]
}

/** As in kubeadm, a runtime that does not report it is not queried again. */
async function sandboxOf(cri: Cri): Promise<string | undefined> {
  try {
    return await cri.sandboxImage()
  } catch (error) {
    if (!isKadmError(error, 'CRI_FAILED')) throw error
    return undefined
  }
}
