import type { InstalledKubelet } from '../../cluster/releases.ts'
import type { Argv, HostReader } from '../../host/host.ts'
import { runKubelet } from './kubelet-unit.ts'

/** Prints `Kubernetes v1.37.2`: of the kubelet that the unit starts, wherever that lies, else of the one in PATH. */
export const kubeletVersionQuery: Argv = ['sh', '-c', runKubelet, 'kubelet', '--version']

/** `v1.37.2`: of the kubelet that is on the host; undefined when there is none that says. */
export async function readKubeletVersion(host: HostReader): Promise<string | undefined> {
  const { stdout } = await host.query(kubeletVersionQuery)
  return /^Kubernetes (v1\.\d+\.\d+\S*)/.exec(stdout)?.[1]
}

/** The same with the name of the host. */
export async function readInstalledKubelet(host: HostReader): Promise<InstalledKubelet | undefined> {
  const version = await readKubeletVersion(host)
  return version === undefined ? undefined : { host: host.name, version }
}
