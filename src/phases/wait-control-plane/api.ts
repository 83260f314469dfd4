import { kubernetesComponents } from '../../cluster/components.ts'
import { endsRun } from '../../errors/kadm-error.ts'
import { askHealth, healthProbe } from '../../observe/cluster/api-health.ts'
import { staticPodsHeldBack } from '../../observe/start/held-back.ts'
import { waitForKubelet } from '../../observe/start/kubelet-health.ts'
import { watchOver } from '../../observe/start/watch-start.ts'
import { ensureClusterAdmins } from '../../ops/cluster-admins.ts'
import type { Phase, PhaseContext } from '../phase.ts'
import { afterManifests, unlessRuntimeAnswers } from '../after-manifests.ts'

const components = ['etcd', ...kubernetesComponents]

/** First half of kubeadm's wait: the kubelet, the API server, and the admin rights of admin.conf. */
export const waitApi: Phase = {
  id: 'wait-control-plane/api',
  title: 'Wait for the kubelet and the API server',
  about: 'Waits until the kubelet and kube-apiserver run as the manifests say, and grants admin.conf its permissions.',
  kubeadm: { partOf: 'wait-control-plane' },
  needs: ['criSocket', 'name', 'advertiseAddress'],
  async run(ctx) {
    await waitForApi(ctx)
    await ensureClusterAdmins(ctx)
  },
}

/** The same on a joining node, where the admin rights already exist. */
export const joinWaitApi: Phase = {
  id: 'wait-control-plane/api',
  title: "Wait for this node's own API server",
  about: "Waits for this node's own kube-apiserver.",
  kubeadm: { partOf: 'wait-control-plane' },
  needs: ['criSocket', 'name', 'advertiseAddress'],
  flags: ['control-plane'],
  role: 'control-plane',
  run: waitForApi,
}

async function waitForApi(ctx: PhaseContext): Promise<void> {
  const { request } = ctx
  const watch = watchOver(ctx, components)
  await waitForKubelet(ctx, watch)
  const kube = await ctx.kube('admin')
  const { healthy, said } = healthProbe('kube-apiserver', () => askHealth(kube))
  if ((await healthy().catch(notYet)) === undefined) await releaseStaticPods(ctx)
  const probe = afterManifests(ctx, ['etcd', 'kube-apiserver'], healthy)
  await ctx.until('a healthy kube-apiserver', watch.over(probe), {
    timeoutMs: request.timeouts.controlPlaneComponentHealthCheck,
    field: 'controlPlaneComponentHealthCheck',
    states: async () => [...said(), ...(await watch.states())],
    intervalMs: 100,
    assume: true,
  })
}

function notYet(error: unknown): undefined {
  if (endsRun(error)) throw error
  return undefined
}

/**
 * A kubelet that has never reached its API server removes no static pod, so that a fixed manifest waits forever behind
 * the broken one. A restart solves this.
 */
async function releaseStaticPods({ cri, host, node, report }: PhaseContext): Promise<void> {
  const held = await cri()
    .then(runtime => staticPodsHeldBack(host, runtime, node.name, components))
    .catch(error => unlessRuntimeAnswers(error, []))
  if (held.length === 0) return
  const text = `restarting the kubelet, which still runs an earlier ${held.join(', ')}`
  report({ kind: 'progress', text })
  await host.exec(['systemctl', 'restart', 'kubelet'])
}
