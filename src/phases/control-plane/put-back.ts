import type { UpgradeRequest } from '../../cluster/request.ts'
import { endsRun, isKadmError, type KadmError } from '../../errors/kadm-error.ts'
import type { UpgradedPod } from '../../observe/cluster/upgraded-pods.ts'
import type { ControlPlaneContext } from '../phase.ts'
import { waitForStaticPod } from '../static-pod-wait.ts'

/**
 * Writes the earlier manifest again after the new static pod did not become healthy, and waits for it. Returns the error
 * to throw: the failure, with what became of the earlier pod. A run that ended changes nothing more.
 */
export async function putBack(
  ctx: ControlPlaneContext<UpgradeRequest>,
  { component, path, before }: UpgradedPod,
  failure: unknown,
): Promise<unknown> {
  if (!isKadmError(failure) || endsRun(failure)) return failure
  ctx.report({
    kind: 'warning',
    text: `${component} does not become healthy: ${failure.message}; putting the earlier manifest back`,
  })
  await ctx.host.writeFile({ path, content: before, mode: 0o600 })
  try {
    await waitForStaticPod(ctx, component)
  } catch (error) {
    if (endsRun(error)) return error
    return both(component, failure, error)
  }
  return failure.with({
    problems: [...failure.problems, { message: `${component} runs with its earlier manifest again` }],
  })
}

function both(component: string, failure: KadmError, error: unknown): KadmError {
  const again = isKadmError(error) ? error.message : String(error)
  const message = `${component} does not become healthy with its earlier manifest either: ${again}`
  return failure.with({ problems: [...failure.problems, { message }] })
}
