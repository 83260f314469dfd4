import semver from 'semver'
import type { RollbackRequest } from '../../cluster/request.ts'
import { isAnswer } from '../../errors/kadm-error.ts'
import { parseStaticPod } from '../../observe/machine/static-pod.ts'
import { etcdClientUrl } from '../../render/etcd.ts'
import type { ControlPlaneContext } from '../phase.ts'

type Ctx = ControlPlaneContext<RollbackRequest>

/** etcd looks at the version of its members every few seconds. */
const timeoutMs = 60_000

/**
 * Makes an etcd of a later minor version store its data in the format of an earlier one, which otherwise does not start
 * with them. An etcd that does not answer did not start with its new version, and its data have the earlier format.
 */
export async function prepareDowngrade(ctx: Ctx, manifest: string): Promise<void> {
  const wanted = semver.coerce(parseStaticPod(manifest)?.tag ?? '')
  if (wanted === null) return
  const target = `${wanted.major}.${wanted.minor}.0`
  try {
    if (!isLater(await storedFormat(ctx), target)) return
  } catch (error) {
    if (!isAnswer(error)) throw error
    return ctx.report({
      kind: 'warning',
      text: `etcd does not answer, so that its data stay as they are: ${error.message}`,
    })
  }
  await (await ctx.etcd()).downgrade(target)
  const stored = async () => (isLater(await storedFormat(ctx), target) ? undefined : (true as const))
  await ctx.until(`etcd to store its data in the format of ${target}`, stored, { timeoutMs, assume: true })
}

async function storedFormat({ etcd, node }: Ctx): Promise<string> {
  const { storageVersion, version } = await (await etcd()).status(etcdClientUrl(node.advertiseAddress))
  return storageVersion ?? version
}

function isLater(format: string, target: string): boolean {
  const found = semver.coerce(format)
  return found !== null && semver.gt(`${found.major}.${found.minor}.0`, target)
}
