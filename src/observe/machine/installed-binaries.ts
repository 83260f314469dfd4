import { type InstalledBinaries, nodeBinaries } from '../../cluster/binary-source.ts'
import type { HostReader } from '../../host/host.ts'
import { programPaths } from './kubelet-unit.ts'

/** Returns the paths of the kubelet of the node's unit, and of kubectl and kubeadm in PATH. */
export async function readInstalledBinaries(host: HostReader): Promise<InstalledBinaries> {
  const { stdout } = await host.query(['sh', '-c', programPaths, 'sh', ...nodeBinaries])
  const lines = stdout.split('\n')
  return new Map(nodeBinaries.flatMap((name, i) => (lines[i] ? [[name, lines[i]] as const] : [])))
}
