import type { Cri } from './cri.ts'

/** For a dry run: pulls nothing, and from then on takes the image for present. */
export function recordedCri(cri: Cri): Cri {
  const pulled = new Set<string>()
  return {
    ...cri,
    hasImage: async image => pulled.has(image) || cri.hasImage(image),
    async pullImage(image) {
      pulled.add(image)
    },
  }
}
