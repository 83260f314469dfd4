import { paths } from '../../cluster/paths.ts'
import { nowOn } from '../../observe/clock.ts'
import { waitForKubelet } from '../../observe/kubelet-health.ts'
import { watchOver } from '../../observe/watch-start.ts'
import type { Phase, PhaseContext } from '../phase.ts'
import { readKubeletCertificate } from './certificate.ts'
import { nodeOfWorker } from './worker-node.ts'

/**
 * Waits until the kubelet runs and holds a certificate of the cluster; then its bootstrap credentials go. A worker has
 * joined when its Node is there; that of a control plane is awaited when it is marked.
 */
export const kubeletWaitBootstrap: Phase = {
  id: 'kubelet-wait-bootstrap',
  title: 'Wait for the kubelet to get its certificate',
  async run(ctx) {
    const { timeouts } = ctx.cluster.run
    const watch = watchOver(ctx, [])
    try {
      await waitForKubelet(ctx, watch)
      const bootstrapped = watch.over(() => hasCertificate(ctx))
      const server = ctx.session.discovered?.server ?? 'the API server'
      await ctx.until(`TLS bootstrap of the kubelet at ${server}`, bootstrapped, {
        timeoutMs: timeouts.tlsBootstrap,
        field: 'tlsBootstrap',
        states: watch.states,
        intervalMs: 100,
        assume: true,
      })
      if (ctx.node.role === 'worker') await nodeOfWorker(ctx, watch)
    } finally {
      await ctx.host.remove(paths.bootstrapKubeconfig)
    }
  },
}

/** kubelet.conf is usable when the certificate that it names is there, and has not run out: a kubelet then asks for another. */
async function hasCertificate({ host, node }: PhaseContext): Promise<true | undefined> {
  const found = await readKubeletCertificate(host)
  if (found === undefined) return undefined
  return found.certificate !== undefined && found.certificate.notAfter < nowOn(node) ? undefined : true
}
