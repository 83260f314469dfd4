import type { Etcd, EtcdMember } from '../../clients/etcd/etcd.ts'
import { isKadmError, type KadmError } from '../../errors/kadm-error.ts'
import { type OwnEtcd, readOwnEtcd } from '../../observe/own-etcd.ts'
import { findOwnMember } from '../../observe/own-member.ts'
import { removeMember } from '../../ops/etcd-membership.ts'
import type { Phase, PhaseContext } from '../phase.ts'

/**
 * Takes this machine's member out of etcd, a learner and one that never started too. Its data stays until nothing runs
 * on it: an etcd that starts anew on no data would serve this machine's API server an empty cluster.
 */
export const removeEtcdMember: Phase = {
  id: 'remove-etcd-member',
  title: 'Remove the member of this machine from etcd',
  async run(ctx) {
    const own = await readOwnEtcd(ctx.host, ctx.cluster, ctx.node)
    if (own === undefined) return ctx.report({ kind: 'progress', text: 'no member of etcd is on this machine' })
    const found = await findMember(ctx, own)
    if ('unknown' in found) return ctx.report({ kind: 'warning', text: notAsked(ctx, own.peerUrl, found.unknown) })
    const { etcd, member, others } = found
    if (member === undefined) return ctx.report({ kind: 'progress', text: `${own.peerUrl} is no member of etcd` })
    if (others === 0) return ctx.report({ kind: 'progress', text: 'it is the only member: it goes with its data' })
    await removeMember(ctx, async () => ({ etcd, member }))
  },
}

type Found =
  | { readonly etcd: Etcd; readonly member: EtcdMember | undefined; readonly others: number }
  | { readonly unknown: KadmError }

/** The member and the number of other voters; or why etcd cannot be asked. */
async function findMember(ctx: PhaseContext, own: OwnEtcd): Promise<Found> {
  try {
    const etcd = await ctx.etcd()
    const members = await etcd.members()
    const member = await findOwnMember(ctx.host, members, own)
    return { etcd, member, others: members.filter(one => one !== member && !one.learner).length }
  } catch (error) {
    if (!isKadmError(error) || error.code === 'HOST_UNREACHABLE' || error.code === 'INTERNAL') throw error
    return { unknown: error }
  }
}

function notAsked({ node }: PhaseContext, peerUrl: string, why: KadmError): string {
  const next = `if the cluster lives on, run \`kadm node remove ${node.name}\` on another control plane`
  return `etcd could not be asked whether ${peerUrl} is still a member (${why.message}); ${next}`
}
