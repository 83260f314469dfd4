import type { Cri } from '../clients/cri/cri.ts'
import { isAnswer, type Problem } from '../errors/kadm-error.ts'

/** kubeadm's PullImageRetry. */
const tries = 5

export interface PullImages {
  readonly cri: Cri
  readonly images: readonly string[]
  /** One after another instead of in parallel. */
  readonly serial: boolean
  readonly signal: AbortSignal
  readonly report: (text: string) => void
}

/** Returns the images of a list that are not on the host. */
export async function missingImages(cri: Cri, images: readonly string[]): Promise<readonly string[]> {
  const present = await Promise.all(images.map(image => cri.hasImage(image)))
  return images.filter((_, i) => present[i] !== true)
}

/** Pulls images with retries. Returns those that failed. */
export async function pullImages({ images, serial, ...how }: PullImages): Promise<readonly Problem[]> {
  if (!serial) return (await Promise.all(images.map(image => pull(image, how)))).flat()
  const problems: Problem[] = []
  for (const image of images) problems.push(...(await pull(image, how)))
  return problems
}

async function pull(image: string, { cri, signal, report }: Omit<PullImages, 'images' | 'serial'>): Promise<Problem[]> {
  let reason = ''
  for (let attempt = 1; attempt <= tries; attempt++) {
    signal.throwIfAborted()
    report(`pulling ${image}${attempt === 1 ? '' : ` (try ${attempt} of ${tries}, after: ${reason})`}`)
    try {
      await cri.pullImage(image)
      return []
    } catch (error) {
      if (!isAnswer(error)) throw error
      reason = error.message
    }
  }
  const remedy = `check that the host can reach the registry of ${image}, or import the image into the container runtime`
  return [{ message: `failed to pull image ${image}: ${reason}`, remedy }]
}
