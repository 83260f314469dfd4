import { changingMembership } from '../../ops/etcd-membership.ts'
import { etcdPeerUrl } from '../../render/etcd.ts'
import type { Phase } from '../phase.ts'
import { joinMember } from './join-member.ts'
import { keepManifest } from './manifest.ts'
import type { JoiningMember } from './plan-member.ts'
import { membersFor, planMember, readSituation } from './plan-member.ts'

/**
 * Adds a voting member of etcd on this node. A cluster-wide lock lets one node join at a time. The API server of this
 * node shows later whether the member serves clients.
 */
export const etcdJoin: Phase = {
  id: 'etcd-join',
  title: 'Add this node to etcd',
  about:
    'Adds this node to etcd as a learner, starts its member and waits for its promotion, one node of the cluster at a time; skipped with an external etcd.',
  flags: ['apiserver-advertise-address', 'control-plane', 'node-name', 'patches'],
  needs: ['criSocket', 'name', 'advertiseAddress'],
  role: 'control-plane',
  skip: ({ cluster: { config } }) => (config.etcd.external === undefined ? undefined : 'etcd is external'),
  async run(ctx) {
    const { cluster, node, host } = ctx
    const dataDir = cluster.config.etcd.local?.dataDir ?? '/var/lib/etcd'
    const own: JoiningMember = { name: node.name, peerUrl: etcdPeerUrl(node.advertiseAddress), dataDir }
    const etcd = await ctx.etcd()
    const situation = await readSituation(host, etcd, own)
    if (planMember(situation, own).done) return keepManifest(ctx, membersFor(cluster, situation.members, own))
    await changingMembership(ctx, stillHeld => joinMember(ctx, etcd, own, stillHeld))
  },
}
