import { paths } from '../../cluster/paths.ts'
import { kubeletHealthUrl, kubeletHealthy } from '../../observe/kubelet-health.ts'
import { watched } from '../../observe/watch-start.ts'
import { parseKubeconfig } from '../../pki/kubeconfig.ts'
import type { Phase, PhaseContext } from '../phase.ts'

/** Waits until the kubelet runs and holds a certificate of the cluster; then its bootstrap credentials go. */
export const kubeletWaitBootstrap: Phase = {
  id: 'kubelet-wait-bootstrap',
  title: 'Wait for the kubelet to get its certificate',
  async run(ctx) {
    const { timeouts } = ctx.cluster.run
    const watch = {
      host: ctx.host,
      cri: ctx.cri,
      nodeName: ctx.node.name,
      components: [],
      since: ctx.session.startedAt,
    }
    const url = kubeletHealthUrl(ctx.cluster)
    try {
      if (url !== undefined) {
        const probe = watched(watch, () => kubeletHealthy(ctx.host, url))
        await ctx.until('a healthy kubelet', probe, {
          timeoutMs: timeouts.kubeletHealthCheck,
          intervalMs: 100,
          assume: true,
        })
      }
      const bootstrapped = watched(watch, () => hasCertificate(ctx))
      const server = ctx.session.discovered?.server ?? 'the API server'
      await ctx.until(`TLS bootstrap of the kubelet at ${server}`, bootstrapped, {
        timeoutMs: timeouts.tlsBootstrap,
        intervalMs: 100,
        assume: true,
      })
    } finally {
      await ctx.host.remove(paths.bootstrapKubeconfig)
    }
  },
}

/** kubelet.conf is usable when every file that it names is there. */
async function hasCertificate({ host }: PhaseContext): Promise<true | undefined> {
  const bytes = await host.readFile(`${paths.kubernetesDir}/kubelet.conf`)
  if (bytes === undefined) return undefined
  const { clientCertFile } = parseKubeconfig(Buffer.from(bytes).toString())
  if (clientCertFile === undefined) return undefined
  return (await host.stat(clientCertFile)) === undefined ? undefined : true
}
