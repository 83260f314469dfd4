import type { Cluster, ControlPlaneNode } from '../cluster/cluster.ts'
import { type StaticPodComponent, staticPodsOf } from '../cluster/components.ts'
import type { KubeObject } from '../cluster/kube-object.ts'
import { renderEtcd } from './etcd.ts'
import { renderKubeApiserver } from './kube-apiserver.ts'
import { renderKubeControllerManager } from './kube-controller-manager.ts'
import { renderKubeScheduler } from './kube-scheduler.ts'

/** The renderer of each static pod of a control plane. */
export const staticPodRenderers: Readonly<
  Record<StaticPodComponent, (cluster: Cluster, node: ControlPlaneNode) => KubeObject>
> = {
  'kube-apiserver': renderKubeApiserver,
  'kube-controller-manager': renderKubeControllerManager,
  'kube-scheduler': renderKubeScheduler,
  etcd: renderEtcd,
}

/** Returns the static pods of a new control plane of this cluster, by component. */
export function renderStaticPods(
  cluster: Cluster,
  node: ControlPlaneNode,
): readonly (readonly [StaticPodComponent, KubeObject])[] {
  return staticPodsOf(cluster.config).map(name => [name, staticPodRenderers[name](cluster, node)] as const)
}
