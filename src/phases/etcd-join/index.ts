import type { Etcd } from '../../clients/etcd/etcd.ts'
import { readEtcdData } from '../../observe/etcd-data.ts'
import { withLease } from '../../ops/with-lease.ts'
import { etcdClientUrl, etcdPeerUrl } from '../../render/etcd.ts'
import type { Phase, PhaseContext } from '../phase.ts'
import { joinMember, type Own } from './join-member.ts'
import { keepManifest } from './manifest.ts'
import { initialCluster, planMember } from './plan-member.ts'

/** How long others wait for a node that died on its way into etcd. */
const leaseMs = 30_000

/** A voting member of etcd on this node. One node at a time joins, whoever started it and from wherever. */
export const etcdJoin: Phase = {
  id: 'etcd-join',
  title: 'Bring this node into etcd',
  role: 'control-plane',
  skip: ({ config }) => (config.etcd.external === undefined ? undefined : 'etcd is external'),
  async run(ctx) {
    const { cluster, node, host, session } = ctx
    const dataDir = cluster.config.etcd.local?.dataDir ?? '/var/lib/etcd'
    const own: Own = { name: node.name, peerUrl: etcdPeerUrl(node.advertiseAddress), dataDir }
    const etcd = await ctx.etcd()
    const [members, data] = await Promise.all([etcd.members(), readEtcdData(host, dataDir)])
    if (planMember(members, own.peerUrl, data).done) return keepManifest(ctx, initialCluster(members, own))
    const timeoutMs = 5 * cluster.run.timeouts.etcdAPICall
    await withLease(
      { ...ctx, kube: () => ctx.kube('admin', 'cluster') },
      { name: 'kadm-etcd-membership', holder: `${session.run}/${node.name}`, durationMs: leaseMs, timeoutMs },
      stillHeld => joinMember(ctx, etcd, own, stillHeld),
    )
    await serves(ctx, etcd)
  },
}

/** The new member answers by itself and sees a leader. */
async function serves({ cluster, node, until }: PhaseContext, etcd: Etcd): Promise<void> {
  const endpoint = etcdClientUrl(node.advertiseAddress)
  const probe = async () => {
    const { leader, errors } = await etcd.status(endpoint)
    return leader !== undefined && errors.length === 0 ? true : undefined
  }
  await until('a healthy etcd on this node', probe, {
    timeoutMs: cluster.run.timeouts.etcdAPICall,
    intervalMs: 100,
    assume: true,
  })
}
