import type { Cri } from './cri.ts'

export interface CriChange {
  readonly kind: 'image' | 'pod' | 'restart'
  /** The node's name. */
  readonly on: string
  /** `registry.k8s.io/pause:3.10.1`, or a pod that was removed or restarted: `kube-system/etcd-cp1`. */
  readonly what: string
}

/** Records every image that was pulled to the node `on`, and every pod that was removed or restarted there. */
export function journaledCri(cri: Cri, on: string, record: (change: CriChange) => void): Cri {
  return {
    ...cri,
    async pullImage(image) {
      await cri.pullImage(image)
      record({ kind: 'image', on, what: image })
    },
    async restartContainer(container) {
      await cri.restartContainer(container)
      record({ kind: 'restart', on, what: `${container.namespace}/${container.pod}` })
    },
    async removePod(pod) {
      await cri.removePod(pod)
      record({ kind: 'pod', on, what: `${pod.namespace}/${pod.name}` })
    },
  }
}
