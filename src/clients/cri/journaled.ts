import type { Cri } from './cri.ts'

export interface ImageChange {
  readonly kind: 'image'
  /** The node's name. */
  readonly on: string
  /** `registry.k8s.io/pause:3.10.1` */
  readonly what: string
}

/** Tells every image that was pulled to the node `on`. */
export function journaledCri(cri: Cri, on: string, record: (change: ImageChange) => void): Cri {
  return {
    ...cri,
    async pullImage(image) {
      await cri.pullImage(image)
      record({ kind: 'image', on, what: image })
    },
  }
}
