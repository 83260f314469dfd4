import type { InstalledKubelet } from '../../cluster/releases.ts'
import type { Argv, HostReader } from '../../host/host.ts'
import { runKubelet } from './kubelet-unit.ts'

/** Prints `Kubernetes v1.37.2`: the version of the kubelet of the unit, else of the one in PATH. */
export const kubeletVersionQuery: Argv = ['sh', '-c', runKubelet, 'kubelet', '--version']

/** Returns the version of the kubelet on the host, such as `v1.37.2`; undefined if there is none that reports it. */
export async function readKubeletVersion(host: HostReader): Promise<string | undefined> {
  const { stdout } = await host.query(kubeletVersionQuery)
  return /^Kubernetes (v1\.\d+\.\d+\S*)/.exec(stdout)?.[1]
}

/** The same with the name of the host. */
export async function readInstalledKubelet(host: HostReader): Promise<InstalledKubelet | undefined> {
  const version = await readKubeletVersion(host)
  return version === undefined ? undefined : { host: host.name, version }
}
