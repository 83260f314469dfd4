import { httpProbe } from '../clients/http-probe.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { HostReader } from '../host/host.ts'
import { patched } from '../render/patches/patched.ts'

/** Where the kubelets of this run tell their health; undefined when healthzPort is 0, which turns the check off. */
export function kubeletHealthUrl(cluster: Cluster): URL | undefined {
  const { healthzBindAddress, healthzPort } = patched(cluster.run, 'kubeletconfiguration', cluster.kubelet.tree)
  const port = healthzPort ?? 10248
  if (port === 0) return undefined
  const address = String(healthzBindAddress ?? '127.0.0.1')
  return new URL(`http://${address.includes(':') ? `[${address}]` : address}:${String(port)}/healthz`)
}

/** True when the kubelet answers 200; undefined while it does not. */
export async function kubeletHealthy(host: HostReader, url: URL): Promise<true | undefined> {
  const { status } = await httpProbe(host, url)
  return status === 200 ? true : undefined
}
