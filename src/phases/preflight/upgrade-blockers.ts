import semver from 'semver'
import type { Kube } from '../../clients/kube/kube.ts'
import type { UpgradeRequest } from '../../cluster/request.ts'
import { isAnswer } from '../../errors/kadm-error.ts'
import { readRunningVersions } from '../../observe/cluster/running-versions.ts'
import { findBlockingWebhooks } from '../../observe/cluster/upgrade/blocking-webhooks.ts'
import type { PhaseContext } from '../phase.ts'
import { type Check, type Finding, failure, skipped, warning } from './check.ts'

/** Checks that no admission webhook refuses what the upgrade writes, as `upgrade plan` shows it. */
export const admissionWebhooks: Check = {
  name: 'AdmissionWebhooks',
  run: ({ ctx }) =>
    orSkipped(ctx, async kube => {
      const found = await findBlockingWebhooks(kube)
      return found.map(({ level, message, remedy }) => (level === 'error' ? failure : warning)(message, remedy))
    }),
}

/** Checks that no API server of the cluster is more than one minor version below the target. */
export const apiServerSkew: Check = {
  name: 'VersionSkew',
  run: ({ ctx }) =>
    orSkipped(ctx, async kube => {
      const to = semver.coerce(ctx.cluster.config.kubernetesVersion)
      // A node that is upgraded after the others catches up with the version that the cluster stores.
      const raises = (ctx.request as Partial<UpgradeRequest>).from !== ctx.cluster.config.kubernetesVersion
      const { components } = await readRunningVersions(kube, [])
      const behind = components.filter(({ name, node, version }) => {
        const minor = semver.coerce(version)?.minor
        if (name !== 'kube-apiserver' || to === null || minor === undefined) return false
        return minor < to.minor - 1 && (raises || node !== ctx.node.name)
      })
      return behind.map(({ node, version }) =>
        failure(
          `the API server of ${node} has ${version}, more than one minor version below v${to?.version}`,
          `upgrade ${node} first, to the version that the cluster stores: \`kadm upgrade node\``,
        ),
      )
    }),
}

async function orSkipped(
  ctx: PhaseContext,
  find: (kube: Kube) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await find(await ctx.kube('admin'))
  } catch (error) {
    if (!isAnswer(error)) throw error
    return [skipped(error.message)]
  }
}
