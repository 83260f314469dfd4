import { httpProbe } from '../../clients/http-probe.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { kubeletPorts } from '../../cluster/components.ts'
import type { Until, Watch } from '../../cluster/until.ts'
import type { HostReader } from '../../host/host.ts'
import { patched } from '../../render/patches/patched.ts'
import { healthProbe } from '../cluster/api-health.ts'

/** Returns where the kubelets of this run serve their health; undefined if healthzPort is 0, which disables it. */
function kubeletHealthUrl(cluster: Cluster): URL | undefined {
  const { healthzBindAddress, healthzPort } = patched(cluster, 'kubeletconfiguration', cluster.kubelet.tree)
  const port = healthzPort ?? kubeletPorts.health
  if (port === 0) return undefined
  const address = String(healthzBindAddress ?? '127.0.0.1')
  return new URL(`http://${address.includes(':') ? `[${address}]` : address}:${String(port)}/healthz`)
}

/** What is needed to query the health of a kubelet. */
export interface KubeletAccess {
  readonly host: HostReader
  readonly cluster: Cluster
  readonly request: { readonly timeouts: { readonly kubeletHealthCheck: number } }
  readonly until: Until
}

/** Waits until the kubelet reports healthy, unless its configuration disables the health port. */
export async function waitForKubelet({ host, cluster, request, until }: KubeletAccess, watch: Watch): Promise<void> {
  const url = kubeletHealthUrl(cluster)
  if (url === undefined) return
  const { healthy, said } = healthProbe('the kubelet', () => httpProbe(host, url))
  await until('a healthy kubelet', watch.over(healthy), {
    timeoutMs: request.timeouts.kubeletHealthCheck,
    field: 'kubeletHealthCheck',
    states: async () => [...said(), ...(await watch.states())],
    intervalMs: 100,
    assume: true,
  })
}
