import type { RenewRequest } from '../../cluster/request.ts'
import type { Renewal } from '../../ops/renewal.ts'
import { kubeletClient } from '../../pki/renewable.ts'
import { untilNodeReports } from '../node-reports.ts'
import type { Phase, PhaseContext } from '../phase.ts'
import { restartKubelet } from '../restart-component.ts'
import { removeExpiredServing } from './kubelet-server.ts'
import { renewKubeletClient } from './renew-kubelet.ts'
import { reportRenewal } from './report.ts'

const common = {
  id: 'certs-renew/kubelet-client',
  title: "Renew the kubelet's certificates if they have expired",
  kubeadm: 'none',
  needs: ['name'],
  skip: ({ request }: { readonly request: RenewRequest }) =>
    request.kubeconfigsOf === undefined ? undefined : `kubelets use the certificates in ${request.kubeconfigsOf}`,
} as const

/** For a node whose API server answers: the kubelet is restarted at once. */
export const renewKubelet: Phase<RenewRequest> = {
  ...common,
  about:
    'Replaces the client certificate of the kubelet if it has expired or is named, and the self-signed serving certificate if it has expired; restarts the kubelet then.',
  async run(ctx) {
    const renewal = await renewKubeletClient(ctx)
    const removed = await removeExpiredServing(ctx)
    if (renewal.outcome === 'renewed' || removed) await use(ctx)
    reportKubelet(ctx, renewal)
  },
}

/** For a cluster that has expired: kubelets are restarted when all control planes have their certificates. */
export const renewKubeletFiles: Phase<RenewRequest> = {
  ...common,
  about: 'Replaces the certificates of the kubelet that have expired, without restarting it.',
  async run(ctx) {
    const renewal = await renewKubeletClient(ctx)
    await removeExpiredServing(ctx)
    reportKubelet(ctx, renewal)
  },
}

async function use(ctx: PhaseContext<RenewRequest>): Promise<void> {
  if (ctx.request.restart === false) return
  await restartKubelet(ctx)
  // Without an API server no kubelet reports.
  if (ctx.request.apiSilent !== true) await untilNodeReports(ctx)
  ctx.report({ kind: 'result', key: 'restarted', value: 'kubelet' })
  ctx.report({ kind: 'result', key: 'inUse', value: ctx.node.name })
}

/** A kubelet that renews its certificate by itself is not part of the result, as in kubeadm. */
function reportKubelet(ctx: PhaseContext<RenewRequest>, renewal: Renewal): void {
  if (renewal.outcome === 'kept' && ctx.request.kubelets === undefined) return
  reportRenewal(ctx, kubeletClient, renewal)
}
