import type { Etcd } from '../../clients/etcd/etcd.ts'
import { readEtcdData } from '../../observe/etcd-data.ts'
import { changingMembership } from '../../ops/etcd-membership.ts'
import { etcdClientUrl, etcdPeerUrl } from '../../render/etcd.ts'
import type { Phase, PhaseContext } from '../phase.ts'
import { joinMember, type Own } from './join-member.ts'
import { keepManifest } from './manifest.ts'
import { initialCluster, planMember } from './plan-member.ts'

/** A voting member of etcd on this node. One node at a time joins, whoever started it and from wherever. */
export const etcdJoin: Phase = {
  id: 'etcd-join',
  title: 'Bring this node into etcd',
  role: 'control-plane',
  skip: ({ config }) => (config.etcd.external === undefined ? undefined : 'etcd is external'),
  async run(ctx) {
    const { cluster, node, host } = ctx
    const dataDir = cluster.config.etcd.local?.dataDir ?? '/var/lib/etcd'
    const own: Own = { name: node.name, peerUrl: etcdPeerUrl(node.advertiseAddress), dataDir }
    const etcd = await ctx.etcd()
    const [members, data] = await Promise.all([etcd.members(), readEtcdData(host, dataDir)])
    if (planMember(members, own.peerUrl, data).done) return keepManifest(ctx, initialCluster(members, own))
    await changingMembership(ctx, stillHeld => joinMember(ctx, etcd, own, stillHeld))
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
