import type { ClusterConfiguration } from './spec.ts'

/** The Kubernetes components that run as static pods on every control plane node, in kubeadm's order. */
export const kubernetesComponents = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const

/** All components that can run as static pods on a control plane node. */
export const staticPodComponents = [...kubernetesComponents, 'etcd'] as const

export type KubernetesComponent = (typeof kubernetesComponents)[number]
export type StaticPodComponent = (typeof staticPodComponents)[number]

export interface Component {
  /** The default ports. */
  readonly ports: readonly number[]
  /** The path that returns 200 while the component is healthy. */
  readonly health: string
  /** Its section of the ClusterConfiguration. */
  readonly section: string
  /** The component that it needs to keep running. */
  readonly needs?: StaticPodComponent
}

/** The port of kube-apiserver if bindPort is not set. */
export const defaultBindPort = 6443

export const etcdPorts = { client: 2379, peer: 2380, metrics: 2381 } as const
export const kubeletPorts = { api: 10250, health: 10248 } as const

/** Ports, health paths and configuration sections of the control plane components. */
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

/** Returns the row of a component; undefined for a name that is not a control plane component. */
export function componentOf(name: string): Component | undefined {
  return Object.hasOwn(components, name) ? components[name as StaticPodComponent] : undefined
}

/**
 * Returns the components that run as static pods on the control planes of this cluster. With an external etcd, etcd is
 * not among them.
 */
export function staticPodsOf({ etcd }: ClusterConfiguration): readonly StaticPodComponent[] {
  return etcd.local === undefined ? kubernetesComponents : staticPodComponents
}
