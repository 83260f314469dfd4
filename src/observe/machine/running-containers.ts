import type { Cri, CriContainer } from '../../clients/cri/cri.ts'
import type { StaticPodComponent } from '../../cluster/components.ts'

/** Returns the running containers of a static pod of the control plane. */
export async function runningContainers(cri: Cri, component: StaticPodComponent): Promise<readonly CriContainer[]> {
  const labels = { 'io.kubernetes.container.name': component, 'io.kubernetes.pod.namespace': 'kube-system' }
  return (await cri.containers(labels)).filter(({ state }) => state === 'running')
}
