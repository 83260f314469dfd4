import { type ParsedInit, type SettledInit, settleInit } from '../../config/init.ts'
import type { HostReader } from '../../host/host.ts'
import { readInstalledKubelet } from '../../observe/machine/kubelet-version.ts'

/** Decides the Kubernetes version that the operator leaves open, by the kubelet of this host, and reports it in one line. */
export async function settleVersion(
  parsed: ParsedInit,
  host: HostReader,
  report: (text: string) => void,
): Promise<SettledInit> {
  if (parsed.forKubelet === undefined) return parsed
  const kubelet = await readInstalledKubelet(host)
  const settled = settleInit(parsed, kubelet)
  if (kubelet !== undefined) {
    report(
      `Using Kubernetes version ${settled.config.kubernetesVersion}: the kubelet on ${host.name} is ${kubelet.version}`,
    )
  }
  return settled
}
