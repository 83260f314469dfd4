import { given } from '../../cluster/given.ts'
import { paths } from '../../cluster/paths.ts'
import { timeOn } from '../../observe/machine/clock.ts'
import { waitForKubelet } from '../../observe/start/kubelet-health.ts'
import { type RequestWatch, watchRequest } from '../../observe/start/watch-request.ts'
import { watchOver } from '../../observe/start/watch-start.ts'
import { discoveryFlags } from '../flag-groups.ts'
import type { Phase, PhaseContext } from '../phase.ts'
import { readKubeletCertificate } from './certificate.ts'
import { nodeOfWorker } from './worker-node.ts'

/**
 * Waits until the kubelet runs and has a certificate of the cluster, then removes its bootstrap credentials. Waits for
 * the Node of a worker; the Node of a control plane is awaited when it is labeled.
 */
export const kubeletWaitBootstrap: Phase = {
  id: 'kubelet-wait-bootstrap',
  title: 'Wait for the kubelet to get its certificate',
  about: 'Waits until the kubelet has its certificate, then removes the bootstrap credentials.',
  flags: ['cri-socket', ...discoveryFlags],
  needs: ['criSocket', 'name', 'advertiseAddress'],
  async run(ctx) {
    const { timeouts } = ctx.request
    const watch = watchOver(ctx, [])
    try {
      await waitForKubelet(ctx, watch)
      const request = watchRequest(requestOf(ctx))
      const bootstrapped = watch.over(request.over(() => hasCertificate(ctx)))
      const server = ctx.session.discovered?.server ?? 'the API server'
      await ctx.until(`TLS bootstrap of the kubelet at ${server}`, bootstrapped, {
        timeoutMs: timeouts.tlsBootstrap,
        field: 'tlsBootstrap',
        states: async () => [...request.states(), ...(await watch.states())],
        intervalMs: 100,
        assume: true,
      })
      if (ctx.node.role === 'worker') await nodeOfWorker(ctx, watch)
    } finally {
      await ctx.host.remove(paths.bootstrapKubeconfig)
    }
  },
}

/** The default timeout of a join for this. */
const usualMs = 300_000

/**
 * Returns the watch on the kubelet's signing request: as seen with the token of the join, and on the signer as seen by
 * an administrator, if credentials are available.
 */
function requestOf({ request, node, kube, source, report }: PhaseContext): RequestWatch {
  return {
    node: node.name,
    kube: () => kube('bootstrap'),
    ...given({ admin: source && (() => kube('source')) }),
    patient: request.timeouts.tlsBootstrap > usualMs,
    warn: text => report({ kind: 'warning', text }),
  }
}

/**
 * kubelet.conf is usable if the certificate that it names exists and is not expired. With an expired one, a kubelet
 * requests another.
 */
async function hasCertificate({ host, node }: PhaseContext): Promise<true | undefined> {
  const found = await readKubeletCertificate(host)
  if (found === undefined) return undefined
  return found.certificate !== undefined && found.certificate.notAfter < timeOn(node) ? undefined : true
}
