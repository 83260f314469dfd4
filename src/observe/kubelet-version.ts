import type { HostReader } from '../host/host.ts'

/** `v1.37.2`: of the kubelet that is on the machine; undefined when there is none that says. */
export async function readKubeletVersion(host: HostReader): Promise<string | undefined> {
  const { stdout } = await host.query(['kubelet', '--version'])
  return /^Kubernetes (v1\.\d+\.\d+\S*)/.exec(stdout)?.[1]
}
