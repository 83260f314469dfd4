import type { Cri } from './cri.ts'

/** For a dry run: does not pull, stop, restart or remove anything, and assumes the image is present and the pod removed. */
export function recordedCri(cri: Cri): Cri {
  const pulled = new Set<string>()
  const removed = new Set<string>()
  return {
    ...cri,
    hasImage: async image => pulled.has(image) || cri.hasImage(image),
    async pullImage(image) {
      pulled.add(image)
    },
    stopContainer: async () => undefined,
    restartContainer: async () => undefined,
    pods: async () => (await cri.pods()).filter(({ id }) => !removed.has(id)),
    async removePod({ id }) {
      removed.add(id)
    },
  }
}
