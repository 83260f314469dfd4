import type { Etcd } from '../../clients/etcd/etcd.ts'
import { paths } from '../../cluster/paths.ts'
import { isKadmError, type KadmError } from '../../errors/kadm-error.ts'
import type { PhaseContext } from '../phase.ts'
import type { JoiningMember } from './plan-member.ts'
import { etcdHasEnded } from './stop-etcd.ts'

/** Failures after which the host can still be reached. */
const recoverable: ReadonlySet<string> = new Set([
  'TIMEOUT',
  'COMPONENT_FAILED',
  'ETCD_REFUSED',
  'ETCD_UNREACHABLE',
  'HOST_FILE',
  'INTERRUPTED',
])

/**
 * On failure, removes the member if it never started: etcd allows one learner at a time. Removing the member comes
 * first, because it needs no container runtime. After an interrupt it does not wait.
 */
export async function rollBackMember(
  ctx: PhaseContext,
  etcd: Etcd,
  own: JoiningMember,
  id: string,
  why: KadmError,
): Promise<void> {
  if (!recoverable.has(why.code)) return
  const problem = await failureOf(async () => {
    const member = (await etcd.members()).find(one => one.id === id)
    if (member === undefined || member.name !== '') return
    const left = await failureOf(() => ctx.host.remove(paths.manifest('etcd')))
    await etcd.remove(id)
    if (left !== undefined) return warn(ctx, `${paths.manifest('etcd')} could not be removed: ${left.message}`)
    if (why.code !== 'INTERRUPTED') await clearData(ctx, own)
  })
  if (problem !== undefined) {
    warn(ctx, `the etcd member ${own.peerUrl} could not be removed: ${problem.message}. Join again to fix this`)
  }
}

/** The next join sets remaining data aside. */
async function clearData(ctx: PhaseContext, { dataDir }: JoiningMember): Promise<void> {
  const problem = await failureOf(async () => {
    // A runtime that does not answer now is not waited for.
    await (await ctx.cri()).containers({ 'io.kubernetes.pod.namespace': 'kube-system' })
    await etcdHasEnded(ctx)
    await ctx.host.remove(`${dataDir}/member`)
  })
  if (problem !== undefined) warn(ctx, `${dataDir} could not be cleared: ${problem.message}. Join again to fix this`)
}

async function failureOf(act: () => Promise<unknown>): Promise<KadmError | undefined> {
  try {
    await act()
    return undefined
  } catch (error) {
    if (isKadmError(error)) return error
    throw error
  }
}

function warn(ctx: PhaseContext, text: string): void {
  ctx.report({ kind: 'warning', text })
}
