import type { Cluster, Node } from '../../cluster/cluster.ts'
import type { HostReader } from '../../host/host.ts'
import { nowOn } from '../machine/clock.ts'
import { holdsCertificate, joinTraces, readLeftFiles } from './earlier-run.ts'

/** True when the kubelet of this machine holds credentials of this node in this cluster already, good by its own clock. */
export async function hasJoined(host: HostReader, cluster: Cluster, node: Node, ca: string): Promise<boolean> {
  const left = await readLeftFiles(host, joinTraces(cluster))
  return holdsCertificate(left, ca, node, nowOn(node))
}
