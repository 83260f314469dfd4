import type { HostReader } from '../../host/host.ts'
import { timeOn } from '../machine/clock.ts'
import { holdsCertificate, type JoinTarget, joinTraces, readLeftFiles } from './earlier-run.ts'

/** True if the kubelet of this host has credentials of this node in this cluster, valid by the host's clock. */
export async function hasJoined(
  host: HostReader,
  { ca, caCertPath, node }: Omit<JoinTarget, 'cluster'>,
): Promise<boolean> {
  const left = await readLeftFiles(host, joinTraces(caCertPath))
  return holdsCertificate(left, ca, node, timeOn(node))
}
