import { isKadmError, KadmError } from '../../errors/kadm-error.ts'
import { readOwnEtcd } from '../../observe/etcd/own-etcd.ts'
import { readDataUsers } from '../../observe/left/data-users.ts'
import type { PhaseContext } from '../phase.ts'
import type { JoiningMember } from './plan-member.ts'

/** An etcd that was removed from its cluster ends within this time, although the kubelet restarts it. */
const endingMs = 10_000

/**
 * Throws ETCD_REFUSED if an etcd runs here that is not a member of the cluster to join: it can be a voter of another
 * cluster. Does not change its manifest or data. Throws COMMAND_FAILED if the host does not report its processes.
 */
export async function requireUnused(ctx: PhaseContext, { dataDir }: JoiningMember): Promise<void> {
  let pids = await readPids(ctx, dataDir)
  if (pids.length === 0) return
  const ended = async () => {
    pids = await readPids(ctx, dataDir)
    return pids.length === 0 ? true : undefined
  }
  const timeoutMs = Math.min(endingMs, ctx.request.timeouts.etcdAPICall)
  try {
    await ctx.until('the end of an etcd that runs here', ended, { timeoutMs, intervalMs: 250, assume: true })
  } catch (error) {
    if (!isKadmError(error, 'TIMEOUT')) throw error
    throw runs(ctx, dataDir, pids)
  }
}

async function readPids({ host, cluster, node }: PhaseContext, dataDir: string): Promise<readonly number[]> {
  const [own, users] = await Promise.all([readOwnEtcd(host, cluster, node), readDataUsers(host, dataDir)])
  return [...new Set([...(own?.pids ?? []), ...users])]
}

function runs({ host }: PhaseContext, dataDir: string, pids: readonly number[]): KadmError {
  const shown = `${pids.length === 1 ? 'pid' : 'pids'} ${pids.join(', ')}`
  const message = `etcd runs on ${host.name} (${shown}) that is not a member of the cluster to join; its data in ${dataDir} stays as it is`
  return new KadmError('ETCD_REFUSED', message, {
    hint: 'if it is a member of another cluster, run `kadm reset` on this host first, which takes it out of there; if it is not needed, stop it, then join again',
  })
}
