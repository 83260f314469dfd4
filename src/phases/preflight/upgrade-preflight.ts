import { controlPlaneImages } from '../../cluster/images.ts'
import type { UpgradeRequest } from '../../cluster/request.ts'
import { nothingEarlier } from '../../observe/left/earlier.ts'
import type { NodePhase } from '../phase.ts'
import { caRotationHere } from './ca-rotation.ts'
import { controlPlaneNodesReady, staticPodManifests } from './control-planes.ts'
import { pullMissingImages } from './image-pull.ts'
import { admissionWebhooks, apiServerSkew } from './upgrade-blockers.ts'
import { runChecks } from './run-checks.ts'
import { runtimeVersion } from './runtime.ts'
import { systemVerification } from './system.ts'

/** Checks a node before its upgrade, and pulls the images of the target version while everything still runs. */
export const upgradePreflight: NodePhase<UpgradeRequest> = {
  id: 'preflight',
  title: 'Run pre-flight checks',
  about: 'Runs the checks of an upgrade and reports all errors at once; on a control plane it also pulls the images.',
  asks: true,
  flags: ['force', 'ignore-preflight-errors', 'kubeconfig', 'yes'],
  needs: ['criSocket', 'name', 'advertiseAddress'],
  async run(ctx) {
    const controlPlane = ctx.node.role === 'control-plane'
    const ofControlPlanes = controlPlane
      ? [controlPlaneNodesReady, staticPodManifests, admissionWebhooks, apiServerSkew]
      : []
    const earlier = { traces: [], read: async () => nothingEarlier }
    await runChecks(ctx, [systemVerification, runtimeVersion, ...ofControlPlanes, caRotationHere], earlier)
    if (controlPlane) await pullMissingImages(ctx, controlPlaneImages(ctx.cluster.config))
  },
}
