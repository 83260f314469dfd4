import { paths } from '../../cluster/paths.ts'
import { nowOn } from '../../observe/clock.ts'
import { kubeletHealthUrl, kubeletHealthy } from '../../observe/kubelet-health.ts'
import { readText } from '../../observe/read-text.ts'
import { watched } from '../../observe/watch-start.ts'
import { parseCertificate } from '../../pki/certificate.ts'
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

/** kubelet.conf is usable when the certificate that it names is there, and has not run out: a kubelet then asks for another. */
async function hasCertificate({ host, node }: PhaseContext): Promise<true | undefined> {
  const text = await readText(host, `${paths.kubernetesDir}/kubelet.conf`)
  const { clientCertFile } = text === undefined ? {} : parseKubeconfig(text)
  const pem = clientCertFile === undefined ? undefined : await readText(host, clientCertFile)
  return pem === undefined || hasRunOut(pem, nowOn(node)) ? undefined : true
}

/** What cannot be read is for the kubelet to judge. */
function hasRunOut(pem: string, now: Date): boolean {
  try {
    return parseCertificate(pem).notAfter < now
  } catch {
    return false
  }
}
