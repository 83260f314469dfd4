/** The Kubernetes versions a node can be made of, oldest first. */
export const kubernetesVersions = ['v1.36.3', 'v1.37.2'] as const
/** A version that kadm does not deploy, for upgrades by several minor versions. */
export const olderVersion = 'v1.35.4'
export type KubernetesVersion = (typeof kubernetesVersions)[number] | typeof olderVersion

interface Companions {
  readonly etcd: string
  readonly etcdTag: string
  readonly coredns: string
  /** If the image has another version than the program in it. */
  readonly corednsTag?: string
  readonly pause: string
}

/**
 * The versions of other images that kubeadm of each version deploys. The images of the oldest one hold the etcd and the
 * CoreDNS of the next.
 */
export const companions: Record<KubernetesVersion, Companions> = {
  'v1.35.4': { etcd: 'v3.6.8', etcdTag: '3.6.6-0', coredns: 'v1.14.2', corednsTag: 'v1.13.1', pause: '3.10.2' },
  'v1.36.3': { etcd: 'v3.6.8', etcdTag: '3.6.8-0', coredns: 'v1.14.2', pause: '3.10.2' },
  'v1.37.2': { etcd: 'v3.7.0', etcdTag: '3.7.0-0', coredns: 'v1.14.6', pause: '3.10.2' },
}

/** Node software that is the same for every Kubernetes version. */
export const nodeSoftware = {
  containerd: 'v2.4.2',
  runc: 'v1.4.3',
  crictl: 'v1.36.0',
  'cni-plugins': 'v1.9.1',
} as const

export const pauseVersion = '3.10.2'
export const echoVersion = '1'
export const verifyVersion = '1'
