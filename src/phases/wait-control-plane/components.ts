import { components } from '../../cluster/components.ts'
import { healthProbe } from '../../observe/cluster/api-health.ts'
import { readStaticPod } from '../../observe/machine/static-pod.ts'
import { watchOver } from '../../observe/start/watch-start.ts'
import type { ControlPlanePhase, PhaseContext } from '../phase.ts'
import { afterManifests } from '../after-manifests.ts'
import { warnOfSilentEndpoint } from './endpoint.ts'

/** The two components besides the API server. */
const checked = ['kube-controller-manager', 'kube-scheduler'] as const

const common = {
  id: 'wait-control-plane/components',
  title: 'Wait for the controller-manager and the scheduler',
  about: 'Waits for kube-controller-manager and kube-scheduler.',
  kubeadm: { partOf: 'wait-control-plane' },
  needs: ['criSocket', 'name', 'advertiseAddress'],
  role: 'control-plane',
} as const

/** Second half of kubeadm's wait: controller-manager and scheduler in parallel. Checks the endpoint in the meantime. */
export const waitComponents: ControlPlanePhase = {
  ...common,
  async run(ctx) {
    await Promise.all([...checked.map(name => waitFor(ctx, name)), warnOfSilentEndpoint(ctx)])
  },
}

export const joinWaitComponents: ControlPlanePhase = {
  ...common,
  flags: ['control-plane'],
  async run(ctx) {
    await Promise.all(checked.map(name => waitFor(ctx, name)))
  },
}

async function waitFor(ctx: PhaseContext, name: (typeof checked)[number]): Promise<void> {
  const usual = components[name]
  // The written manifest including patches. A dry run reads what it would have written.
  const flags = (await readStaticPod(ctx.host, name))?.flags
  const address = flags?.get('bind-address') ?? '127.0.0.1'
  const local = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address
  const host = local.includes(':') ? `[${local}]` : local
  const watch = watchOver(ctx, [name])
  const server = `https://${host}:${flags?.get('secure-port') ?? usual.ports[0]}`
  const { healthy, said } = healthProbe(name, () => ctx.probe(server, usual.health))
  const probe = afterManifests(ctx, [name], healthy)
  await ctx.until(`a healthy ${name}`, watch.over(probe), {
    timeoutMs: ctx.request.timeouts.controlPlaneComponentHealthCheck,
    field: 'controlPlaneComponentHealthCheck',
    states: async () => [...said(), ...(await watch.states())],
    intervalMs: 250,
    assume: true,
  })
}
