import { type Etcd, type EtcdMember, memberHosts } from '../../clients/etcd/etcd.ts'
import { nodeRef } from '../../clients/kube/kube.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import type { RemoveRequest } from '../../cluster/request.ts'
import {
  type ClusterObjects,
  memberOfNode,
  type UnmatchedMember,
  unmatchedMemberOf,
} from '../../observe/etcd/member-of-node.ts'
import { withApi } from '../../ops/api.ts'
import type { PhaseContext } from '../phase.ts'

/** Returns the Node to remove, if it still exists. */
export function findNode(ctx: PhaseContext<RemoveRequest>): Promise<KubeObject | undefined> {
  const { name } = ctx.request
  return withApi(ctx, `reading the Node ${name}`, kube => kube.get(nodeRef(name)))
}

/** Returns etcd members that never started, by their addresses: a join that ended before its Node existed. */
export async function unstartedMembers(ctx: PhaseContext<RemoveRequest>): Promise<readonly string[]> {
  if (ctx.cluster.config.etcd.external !== undefined) return []
  const members = await (await ctx.etcd()).members()
  return members.filter(({ name }) => name === '').flatMap(member => memberHosts(member).slice(0, 1))
}

/** Returns the node's etcd member, if it has one, and the number of other voters. */
export async function findMember(
  ctx: PhaseContext<RemoveRequest>,
): Promise<{ readonly etcd: Etcd; readonly member: EtcdMember; readonly others: number } | undefined> {
  if (ctx.cluster.config.etcd.external !== undefined) return undefined
  const etcd = await ctx.etcd()
  const [members, objects] = await Promise.all([etcd.members(), readObjects(ctx)])
  const member = memberOfNode(members, ctx.request.name, objects)
  if (member === undefined) return undefined
  return { etcd, member, others: members.filter(one => one !== member && !one.learner).length }
}

/** Returns a member with another name that may belong to the Node. */
export async function findUnmatchedMember(
  ctx: PhaseContext<RemoveRequest>,
  node: KubeObject,
): Promise<UnmatchedMember | undefined> {
  if (ctx.cluster.config.etcd.external !== undefined) return undefined
  const etcd = await ctx.etcd()
  const [members, objects] = await Promise.all([etcd.members(), readObjects(ctx)])
  return unmatchedMemberOf(members, node, objects)
}

function readObjects(ctx: PhaseContext<RemoveRequest>): Promise<ClusterObjects> {
  const pods = { apiVersion: 'v1', kind: 'Pod', namespace: 'kube-system', labelSelector: 'component=etcd' }
  return withApi(ctx, 'reading the Nodes and the pods of etcd', async kube => {
    const [nodes, etcdPods] = await Promise.all([kube.list({ apiVersion: 'v1', kind: 'Node' }), kube.list(pods)])
    return { nodes, etcdPods }
  })
}
