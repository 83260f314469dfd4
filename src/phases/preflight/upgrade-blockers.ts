import type { Kube } from '../../clients/kube/kube.ts'
import { minorOf } from '../../cluster/releases.ts'
import type { UpgradeRequest } from '../../cluster/request.ts'
import type { UpgradeFinding } from '../../cluster/upgrade-plan.ts'
import { isAnswer, isKadmError } from '../../errors/kadm-error.ts'
import { readRunningVersions } from '../../observe/cluster/running-versions.ts'
import { findBlockingWebhooks } from '../../observe/cluster/upgrade/blocking-webhooks.ts'
import type { PhaseContext } from '../phase.ts'
import { readPatiently } from './patient-api.ts'
import { type Check, type Finding, failure, skipped, warning } from './check.ts'

/** How long pods that a drain moved may take to become ready, in milliseconds. */
const movedMs = 60_000

/** Checks that no admission webhook refuses what the upgrade writes, as `upgrade plan` shows it. */
export const admissionWebhooks: Check = {
  name: 'AdmissionWebhooks',
  run: ({ ctx }) =>
    orSkipped(ctx, async kube => {
      const found = await untilAnswerable(ctx, () => findBlockingWebhooks(kube))
      return found.map(({ level, message, remedy }) => (level === 'error' ? failure : warning)(message, remedy))
    }),
}

/** Checks that no API server of the cluster is more than one minor version below the target. */
export const apiServerSkew: Check = {
  name: 'VersionSkew',
  run: ({ ctx }) =>
    orSkipped(ctx, async kube => {
      // All control planes of this run have the version before by then.
      if (requestOf(ctx).continues === true) return []
      const to = minorOf(ctx.cluster.config.kubernetesVersion)
      // A node that is upgraded after the others catches up with the version that the cluster stores.
      const raises = requestOf(ctx).from !== ctx.cluster.config.kubernetesVersion
      const { components } = await readRunningVersions(kube, [])
      const behind = components.filter(({ name, node, version }) => {
        const minor = minorOf(version)
        if (name !== 'kube-apiserver' || to === undefined || minor === undefined) return false
        return minor < to - 1 && (raises || node !== ctx.node.name)
      })
      return behind.map(({ node, version }) =>
        failure(
          `the API server of ${node} has ${version}, more than one minor version below ${ctx.cluster.config.kubernetesVersion}`,
          `upgrade ${node} first, to the version that the cluster stores: \`kadm upgrade node\``,
        ),
      )
    }),
}

function requestOf({ request }: PhaseContext): Partial<UpgradeRequest> {
  return request
}

/** A drain of the version before may have moved the pods of a webhook, which then need a while to become ready. */
async function untilAnswerable<T extends Pick<UpgradeFinding, 'level'>>(
  ctx: PhaseContext,
  find: () => Promise<readonly T[]>,
): Promise<readonly T[]> {
  let found = await find()
  const blocked = () => found.some(({ level }) => level === 'error')
  if (requestOf(ctx).continues !== true || !blocked()) return found
  const probe = async () => {
    found = await find()
    return blocked() ? undefined : (true as const)
  }
  const timing = { timeoutMs: movedMs, intervalMs: 1000, assume: true as const }
  await ctx.until('the admission webhooks', probe, timing).catch(error => {
    if (!isKadmError(error, 'TIMEOUT')) throw error
  })
  return found
}

async function orSkipped(
  ctx: PhaseContext,
  find: (kube: Kube) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await readPatiently(ctx, find)
  } catch (error) {
    if (!isAnswer(error)) throw error
    return [skipped(error.message)]
  }
}
