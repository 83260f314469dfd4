import { endsRun } from '../../errors/kadm-error.ts'
import { apiHealthy } from '../../observe/api-health.ts'
import { staticPodsHeldBack } from '../../observe/held-back.ts'
import { kubeletHealthUrl, kubeletHealthy } from '../../observe/kubelet-health.ts'
import { watched } from '../../observe/watch-start.ts'
import { ensureClusterAdmins } from '../../ops/cluster-admins.ts'
import type { Phase, PhaseContext } from '../phase.ts'
import { afterManifests, silentRuntime } from './after-manifests.ts'

const components = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler']

/** First half of kubeadm's wait: the kubelet, the API server, and the right of admin.conf to administrate. */
export const waitApi: Phase = {
  id: 'wait-control-plane/api',
  title: 'Wait for the kubelet and the API server',
  async run(ctx) {
    await waitForApi(ctx)
    await ensureClusterAdmins(ctx)
  },
}

/** The same on a node that joins; the cluster has its administrators already. */
export const joinWaitApi: Phase = {
  id: 'wait-control-plane/api',
  title: "Wait for this node's own API server",
  role: 'control-plane',
  run: waitForApi,
}

async function waitForApi(ctx: PhaseContext): Promise<void> {
  const { cluster } = ctx
  const since = ctx.session.startedAt
  const watch = { host: ctx.host, cri: ctx.cri, nodeName: ctx.node.name, components, since }
  await waitKubelet(ctx, watch)
  const kube = await ctx.kube('admin')
  const healthy = () => apiHealthy(kube)
  if ((await healthy().catch(notYet)) === undefined) await releaseStaticPods(ctx)
  const probe = afterManifests(ctx, ['etcd', 'kube-apiserver'], healthy)
  await ctx.until('a healthy kube-apiserver', watched(watch, probe), {
    timeoutMs: cluster.run.timeouts.controlPlaneComponentHealthCheck,
    intervalMs: 100,
    assume: true,
  })
}

function notYet(error: unknown): undefined {
  if (endsRun(error)) throw error
  return undefined
}

async function waitKubelet(ctx: PhaseContext, watch: Parameters<typeof watched>[0]): Promise<void> {
  const url = kubeletHealthUrl(ctx.cluster)
  if (url === undefined) return
  const probe = () => kubeletHealthy(ctx.host, url)
  await ctx.until('a healthy kubelet', watched(watch, probe), {
    timeoutMs: ctx.cluster.run.timeouts.kubeletHealthCheck,
    intervalMs: 100,
    assume: true,
  })
}

/**
 * A kubelet that has never reached its API server removes no static pod, so a mended manifest would wait for ever
 * behind the broken one. A restart lets go of it.
 */
async function releaseStaticPods({ cri, host, node, report }: PhaseContext): Promise<void> {
  const held = await cri()
    .then(runtime => staticPodsHeldBack(host, runtime, node.name, components))
    .catch(error => silentRuntime(error, []))
  if (held.length === 0) return
  const text = `restarting the kubelet, which still runs an earlier ${held.join(', ')}`
  report({ kind: 'progress', text })
  await host.exec(['systemctl', 'restart', 'kubelet'])
}
