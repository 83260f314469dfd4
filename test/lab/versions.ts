/** The Kubernetes versions a node can be made of, oldest first. */
export const kubernetesVersions = ['v1.36.3', 'v1.37.2'] as const
export type KubernetesVersion = (typeof kubernetesVersions)[number]

/** The versions of other images that kubeadm of each version deploys. */
export const companions: Record<KubernetesVersion, { etcd: string; etcdTag: string; coredns: string; pause: string }> =
  {
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
