import { healthProbe } from '../../observe/cluster/api-health.ts'
import { readStaticPod } from '../../observe/machine/static-pod.ts'
import { watchOver } from '../../observe/start/watch-start.ts'
import type { Phase, PhaseContext } from '../phase.ts'
import { afterManifests } from './after-manifests.ts'
import { warnOfSilentEndpoint } from './endpoint.ts'

/** Where the two components beside the API server tell their health, unless the user moved them. */
const checked = [
  { name: 'kube-controller-manager', port: '10257', path: '/healthz' },
  { name: 'kube-scheduler', port: '10259', path: '/livez' },
] as const

const common = {
  id: 'wait-control-plane/components',
  title: 'Wait for the controller-manager and the scheduler',
} as const

/** Second half of kubeadm's wait: controller-manager and scheduler, side by side; meanwhile the endpoint is looked at. */
export const waitComponents: Phase = {
  ...common,
  async run(ctx) {
    await Promise.all([...checked.map(row => waitFor(ctx, row)), warnOfSilentEndpoint(ctx)])
  },
}

export const joinWaitComponents: Phase = {
  ...common,
  role: 'control-plane',
  async run(ctx) {
    await Promise.all(checked.map(row => waitFor(ctx, row)))
  },
}

async function waitFor(ctx: PhaseContext, row: (typeof checked)[number]): Promise<void> {
  // What was written, patches and all. A dry run reads what it would have written.
  const flags = (await readStaticPod(ctx.host, row.name))?.flags
  const address = flags?.get('bind-address') ?? '127.0.0.1'
  const local = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address
  const host = local.includes(':') ? `[${local}]` : local
  const watch = watchOver(ctx, [row.name])
  const server = `https://${host}:${flags?.get('secure-port') ?? row.port}`
  const { healthy, said } = healthProbe(row.name, () => ctx.probe(server, row.path))
  const probe = afterManifests(ctx, [row.name], healthy)
  await ctx.until(`a healthy ${row.name}`, watch.over(probe), {
    timeoutMs: ctx.request.timeouts.controlPlaneComponentHealthCheck,
    field: 'controlPlaneComponentHealthCheck',
    states: async () => [...said(), ...(await watch.states())],
    intervalMs: 250,
    assume: true,
  })
}
