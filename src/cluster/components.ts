import type { ClusterConfiguration } from './spec.ts'

/** The Kubernetes components that run as static pods on every control plane, in kubeadm's order. */
export const kubernetesComponents = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const

/** All components that can run as static pods on a control plane. */
export const staticPodComponents = [...kubernetesComponents, 'etcd'] as const

export type KubernetesComponent = (typeof kubernetesComponents)[number]
export type StaticPodComponent = (typeof staticPodComponents)[number]

export interface Component {
  /** The ports where it listens when no flag moves them. */
  readonly ports: readonly number[]
  /** The path that returns 200 while it is alive. */
  readonly health: string
  /** Its section of the ClusterConfiguration. */
  readonly section: string
  /** The component that it needs in order to stay up. */
  readonly needs?: StaticPodComponent
}

/** The port of a kube-apiserver when bindPort does not set one. */
export const defaultBindPort = 6443

export const etcdPorts = { client: 2379, peer: 2380, metrics: 2381 } as const
export const kubeletPorts = { api: 10250, health: 10248 } as const

/** What kadm knows about the components of a control plane. */
export const components = {
  'kube-apiserver': {
    ports: [defaultBindPort],
    health: '/livez',
    section: 'apiServer',
    needs: 'etcd',
  },
  'kube-controller-manager': {
    ports: [10257],
    health: '/healthz',
    section: 'controllerManager',
    needs: 'kube-apiserver',
  },
  'kube-scheduler': {
    ports: [10259],
    health: '/livez',
    section: 'scheduler',
    needs: 'kube-apiserver',
  },
  etcd: {
    ports: [etcdPorts.client, etcdPorts.peer],
    health: '/livez',
    section: 'etcd.local',
  },
} as const satisfies Readonly<Record<StaticPodComponent, Component>>

/** The row of a name; undefined for anything that is not a component of a control plane. */
export function componentOf(name: string): Component | undefined {
  return Object.hasOwn(components, name) ? components[name as StaticPodComponent] : undefined
}

/** The components that run as static pods on the control planes of this cluster: no etcd when it is external. */
export function staticPodsOf({ etcd }: ClusterConfiguration): readonly StaticPodComponent[] {
  return etcd.local === undefined ? kubernetesComponents : staticPodComponents
}
