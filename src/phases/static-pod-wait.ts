import type { StaticPodComponent } from '../cluster/components.ts'
import type { UpgradeRequest } from '../cluster/request.ts'
import { afterManifests } from './after-manifests.ts'
import { untilHealthy } from './component-health.ts'
import type { ControlPlaneContext } from './phase.ts'

/**
 * Waits until the kubelet runs a static pod as its manifest says and the component is healthy. Returns at once if
 * nothing has changed. Throws COMPONENT_FAILED with the cause if the component does not start.
 */
export async function waitForStaticPod(
  ctx: ControlPlaneContext<UpgradeRequest>,
  component: StaticPodComponent,
): Promise<void> {
  const applied = afterManifests(ctx, [component], async () => true)
  await untilHealthy(ctx, component, { started: async () => (await applied()) === true, within: 'upgradeManifests' })
}
