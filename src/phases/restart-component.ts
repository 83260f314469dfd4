import type { StaticPodComponent } from '../cluster/components.ts'
import { waitForKubelet } from '../observe/start/kubelet-health.ts'
import { watchOver } from '../observe/start/watch-start.ts'
import { untilHealthy } from './component-health.ts'
import { runningContainers } from '../observe/machine/running-containers.ts'
import type { ControlPlaneContext, PhaseContext } from './phase.ts'

/**
 * Restarts a static pod of the control plane and waits until a new container of it is healthy. The manifest stays in
 * place: the container runtime stops the container, and the kubelet starts a new one. Stops nothing while the kubelet
 * is not healthy. Throws COMPONENT_FAILED, TIMEOUT. With `health: false` it waits only for a new container.
 */
export async function restartStaticPod(
  ctx: ControlPlaneContext,
  component: StaticPodComponent,
  { health = true }: { readonly health?: boolean } = {},
): Promise<void> {
  await waitForKubelet(ctx, watchOver(ctx, []))
  const cri = await ctx.cri()
  const old = await runningContainers(cri, component)
  for (const container of old) await cri.restartContainer(container)
  const gone = new Set(old.map(({ id }) => id))
  const started = async () => (await runningContainers(cri, component)).some(({ id }) => !gone.has(id))
  await untilHealthy(ctx, component, { started, health })
}

/** Restarts the kubelet and waits until it is healthy. */
export async function restartKubelet(ctx: PhaseContext): Promise<void> {
  await ctx.host.exec(['systemctl', 'restart', 'kubelet'])
  await waitForKubelet(ctx, watchOver(ctx, []))
}
