import type { Etcd, EtcdMember } from '../../clients/etcd/etcd.ts'
import type { ResetRequest } from '../../cluster/request.ts'
import { isAnswer, isKadmError, isPassingStatus, KadmError } from '../../errors/kadm-error.ts'
import { type OwnEtcd, readOwnEtcd } from '../../observe/etcd/own-etcd.ts'
import { findOwnMember, type OwnMember } from '../../observe/etcd/own-member.ts'
import { removeMember } from '../../ops/etcd-membership.ts'
import type { Phase, PhaseContext } from '../phase.ts'
import { mayRestart, notAMember, onAnotherHost, stillRuns, uncertainMember, usesFiles } from './refusals.ts'
import { decideWithoutAnswer } from './without-answer.ts'

/**
 * Removes this host's member from etcd, also a learner or a member that never started. The reset continues if the
 * member is removed or if no etcd runs here; an unreachable etcd is neither. The data stay until etcd has stopped: an
 * etcd that restarts without data would serve this host's API server an empty cluster.
 */
export const removeEtcdMember: Phase<ResetRequest> = {
  id: 'remove-etcd-member',
  title: 'Remove the etcd member of this host',
  about:
    "Removes the host's member from etcd, also a learner, unless the others would lose their quorum. Fails while an etcd that does not answer runs on the host.",
  flags: ['kubeconfig'],
  async run(ctx) {
    const own = await readOwnEtcd(ctx.host, ctx.cluster, ctx.node, ctx.request)
    if (own === undefined) return ctx.report({ kind: 'progress', text: 'this host has no etcd member' })
    // Another operator runs it; a reset of a node must not stop it.
    if (own.byOther === true && ctx.cluster.config.etcd.external !== undefined) throw usesFiles(ctx, own)
    const found = await findMember(ctx, own)
    if ('unknown' in found) return decideWithoutAnswer(ctx, own, found.unknown)
    const { etcd, others } = found
    switch (found.kind) {
      case 'stranger':
        throw notAMember(ctx, own, found.id)
      case 'doubtful':
        throw uncertainMember(found.member, found.why)
      case 'elsewhere':
        return ctx.report({ kind: 'warning', text: onAnotherHost(found.member) })
      case 'none':
        if (own.pids.length > 0 && own.peerUrls.length === 0) throw stillRuns(ctx, own)
        return ctx.report({ kind: 'progress', text: noMember(ctx, own) })
      default:
        if (others === 0) return ctx.report({ kind: 'progress', text: 'it is the only member: its data is deleted' })
        await removeMember(ctx, async () => ({ etcd, member: found.member }))
        if (own.byOther === true) ctx.report({ kind: 'warning', text: mayRestart(own) })
    }
  },
}

type Found = (OwnMember & { readonly etcd: Etcd; readonly others: number }) | { readonly unknown: KadmError }

/** Timeout in milliseconds for an election, or an overloaded API server. */
const patienceMs = 30_000

/** Returns the member and the number of other voters, or why etcd did not answer within the timeout. */
async function findMember(ctx: PhaseContext, own: OwnEtcd): Promise<Found> {
  const traces = { host: ctx.host, own, name: ctx.node.name }
  const ask = async (): Promise<Found> => {
    const etcd = await ctx.etcd()
    const members = await etcd.members()
    const found = await findOwnMember(traces, etcd, members)
    return { etcd, ...found, others: otherVoters(members, 'member' in found ? found.member : undefined) }
  }
  const unlessPassing = (error: unknown): Found => {
    if (mayPass(error)) throw error
    return orUnknown(error)
  }
  const timeoutMs = Math.min(patienceMs, ctx.request.timeouts.etcdAPICall)
  const assume: Found = { unknown: new KadmError('ETCD_UNREACHABLE', 'etcd was not queried') }
  return ctx.until('an answer of etcd', () => ask().catch(unlessPassing), { timeoutMs, assume }).catch(orUnknown)
}

function otherVoters(members: readonly EtcdMember[], own: EtcdMember | undefined): number {
  return members.filter(one => one !== own && !one.learner).length
}

function orUnknown(error: unknown): { readonly unknown: KadmError } {
  if (!isAnswer(error)) throw error
  return { unknown: error }
}

/** True for a temporary failure of a server that responds. If no process listens, kadm does not wait. */
function mayPass(error: unknown): boolean {
  if (!isKadmError(error)) return false
  const { code, reason } = error
  if (code === 'API_REFUSED' || code === 'ETCD_REFUSED') return isPassingStatus(error)
  // A single learner never serves.
  return code === 'ETCD_UNREACHABLE' && (reason === 'no-quorum' || reason === 'cannot-serve')
}

function noMember({ node }: PhaseContext, { peerUrls }: OwnEtcd): string {
  const known = peerUrls.length === 0 ? `neither ${node.name} nor an address of this host` : peerUrls.join(', ')
  return `${known} is ${peerUrls.length === 0 ? '' : 'no '}member of etcd`
}
