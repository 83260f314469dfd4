import type { Etcd } from '../../clients/etcd/etcd.ts'
import { isKadmError } from '../../errors/kadm-error.ts'
import { watchOver } from '../../observe/start/watch-start.ts'
import { ensureDir } from '../../ops/ensure-file.ts'
import { requireQuorumWithout } from '../../ops/etcd-quorum.ts'
import type { StillHeld } from '../../ops/with-lease.ts'
import type { ControlPlaneContext } from '../phase.ts'
import { announce } from './announce.ts'
import { keepManifest, writeManifest } from './manifest.ts'
import type { JoiningMember } from './plan-member.ts'
import { membersFor, planMember, readSituation } from './plan-member.ts'
import { requireUnused } from './require-unused.ts'
import { rollBackMember } from './roll-back.ts'
import { untilServing } from './serving.ts'
import { setDataAside, stopEtcd } from './stop-etcd.ts'

/** Adds this node as a learner, starts its etcd and promotes it. Only one node may do this at a time. */
export async function joinMember(
  ctx: ControlPlaneContext,
  etcd: Etcd,
  own: JoiningMember,
  stillHeld: StillHeld,
): Promise<void> {
  const timeoutMs = ctx.request.timeouts.etcdAPICall
  // A member list is proof of a quorum. The newest member may not serve clients yet.
  await ctx.until('an etcd with a quorum', () => etcd.members(), {
    timeoutMs,
    field: 'etcdAPICall',
    assume: [],
  })
  await makeWay(ctx, etcd, own, stillHeld)
  const added = await ctx.until(
    `room in etcd for the member ${own.peerUrl}`,
    () => {
      stillHeld()
      return announce(etcd, own)
    },
    {
      timeoutMs,
      field: 'etcdAPICall',
      assume: { member: { id: '0', name: '', peerUrls: [], clientUrls: [], learner: true }, members: [] },
    },
  )
  try {
    await ensureDir(ctx.host, own.dataDir, 0o700)
    const write = added.member.name === '' ? writeManifest : keepManifest
    await write(ctx, membersFor(ctx.cluster, added.members, own))
    ctx.report({ kind: 'progress', text: `${own.peerUrl} is announced as a learner; waiting for its start` })
    await started(ctx, etcd, added.member.id)
    await untilServing(ctx, etcd)
    await promoted(ctx, etcd, added.member.id)
  } catch (error) {
    if (isKadmError(error)) await rollBackMember(ctx, etcd, own, added.member.id, error)
    throw error
  }
}

/** Removes what an earlier membership left: a member that has lost its data, and data that belong to no member. */
async function makeWay(ctx: ControlPlaneContext, etcd: Etcd, own: JoiningMember, stillHeld: StillHeld): Promise<void> {
  const { remove, clear } = planMember(await readSituation(ctx.host, etcd, own), own)
  if (remove === undefined && !clear) return
  await requireUnused(ctx, own)
  await stopEtcd(ctx)
  if (remove !== undefined) {
    await requireQuorumWithout(etcd, remove.id)
    stillHeld()
    await etcd.remove(remove.id)
    const text = `etcd had a member ${own.peerUrl} without data on this host; it was removed`
    ctx.report({ kind: 'warning', text })
  }
  if (!clear) return
  // The kubelet may have restarted it before its manifest was removed.
  await requireUnused(ctx, own)
  await setDataAside(ctx, own.dataDir)
}

async function started(ctx: ControlPlaneContext, etcd: Etcd, id: string): Promise<void> {
  const probe = async () => ((await etcd.members()).find(one => one.id === id)?.name ? true : undefined)
  const watch = watchOver(ctx, ['etcd'])
  await ctx.until('the start of the new etcd member', watch.over(probe), {
    timeoutMs: ctx.request.timeouts.etcdAPICall,
    field: 'etcdAPICall',
    states: watchOver(ctx, ['etcd']).states,
    intervalMs: 100,
    assume: true,
  })
}

/** etcd refuses the promotion until the learner has caught up with the leader. */
async function promoted(ctx: ControlPlaneContext, etcd: Etcd, id: string): Promise<void> {
  await ctx.until('the promotion of the new etcd member', () => etcd.promote(id).then(() => true as const), {
    timeoutMs: ctx.request.timeouts.etcdAPICall,
    field: 'etcdAPICall',
    states: watchOver(ctx, ['etcd']).states,
    intervalMs: 100,
    assume: true,
  })
}
