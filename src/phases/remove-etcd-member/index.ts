import { type Etcd, type EtcdMember, memberHosts } from '../../clients/etcd/etcd.ts'
import { isAnswer, isKadmError, isPassingStatus, KadmError } from '../../errors/kadm-error.ts'
import { type OwnEtcd, readOwnEtcd } from '../../observe/own-etcd.ts'
import { findOwnMember, type OwnMember } from '../../observe/own-member.ts'
import { removeMember } from '../../ops/etcd-membership.ts'
import { describeHealth, readHealthOf } from '../../ops/etcd-quorum.ts'
import { etcdClientUrl, etcdPeerUrl } from '../../render/etcd.ts'
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
    if ('unknown' in found) {
      await refuseBesideOthers(ctx, own, found.unknown)
      return ctx.report({ kind: 'warning', text: notAsked(ctx, own.peerUrl, found.unknown) })
    }
    const { etcd, member, elsewhere, others } = found
    if (elsewhere !== undefined) return ctx.report({ kind: 'warning', text: notHere(elsewhere) })
    if (member === undefined) return ctx.report({ kind: 'progress', text: `${own.peerUrl} is no member of etcd` })
    if (others === 0) return ctx.report({ kind: 'progress', text: 'it is the only member: it goes with its data' })
    await removeMember(ctx, async () => ({ etcd, member }))
  },
}

type Found = (OwnMember & { readonly etcd: Etcd; readonly others: number }) | { readonly unknown: KadmError }

/** For an election, or an API server that is overloaded. */
const patienceMs = 30_000

/** The member and the number of other voters; or why etcd cannot be asked, also after a while. */
async function findMember(ctx: PhaseContext, own: OwnEtcd): Promise<Found> {
  const ask = async (): Promise<Found> => {
    const etcd = await ctx.etcd()
    const members = await etcd.members()
    const found = await findOwnMember(ctx.host, etcd, members, own)
    return { etcd, ...found, others: members.filter(one => one !== found.member && !one.learner).length }
  }
  const unlessPassing = (error: unknown): Found => {
    if (mayPass(error)) throw error
    return orUnknown(error)
  }
  const timeoutMs = Math.min(patienceMs, ctx.cluster.run.timeouts.etcdAPICall)
  const assume: Found = { unknown: new KadmError('ETCD_UNREACHABLE', 'etcd was not asked') }
  return ctx.until('an answer of etcd', () => ask().catch(unlessPassing), { timeoutMs, assume }).catch(orUnknown)
}

function orUnknown(error: unknown): { readonly unknown: KadmError } {
  if (!isAnswer(error)) throw error
  return { unknown: error }
}

/** True for a fault that somebody who answers has for a moment. Where nobody listens, nobody is waited for. */
function mayPass(error: unknown): boolean {
  if (!isKadmError(error)) return false
  const { code, message } = error
  if (code === 'API_REFUSED' || code === 'ETCD_REFUSED') return isPassingStatus(error)
  // A learner alone never serves.
  return code === 'ETCD_UNREACHABLE' && /cannot serve|no quorum/.test(message) && !/learner/.test(message)
}

/**
 * Throws ETCD_UNREACHABLE when this machine's own etcd runs, has a vote, and knows other voters: without this one they
 * may never have a quorum again. Members on machines of this run do not count: they are reset, too.
 */
async function refuseBesideOthers(ctx: PhaseContext, { peerUrl }: OwnEtcd, why: KadmError): Promise<void> {
  const known = await askOwn(ctx, peerUrl)
  const own = known?.members.find(({ peerUrls }) => peerUrls.includes(peerUrl))
  if (known === undefined || own === undefined || own.learner) return
  const leaving = new Set(ctx.cluster.nodes.map(({ advertiseAddress }) => etcdPeerUrl(advertiseAddress)))
  const others = known.members.filter(one => one !== own && !one.learner && !one.peerUrls.some(url => leaving.has(url)))
  if (others.length === 0) return
  const health = describeHealth(await readHealthOf(known.etcd, others))
  const message = `the member of this machine cannot be taken out of etcd, which has others: ${health}: ${why.message}`
  throw new KadmError('ETCD_UNREACHABLE', message, {
    hint: 'bring them back, then reset again; if they are gone for good, `--skip-phases remove-etcd-member` resets without',
    problems: why.problems,
    cause: why,
  })
}

/** What the etcd of this machine knows of the membership, also without a quorum; undefined when it does not answer. */
async function askOwn(ctx: PhaseContext, peerUrl: string) {
  const [address] = memberHosts({ peerUrls: [peerUrl] })
  if (address === undefined) return undefined
  try {
    const etcd = await ctx.etcd()
    return { etcd, members: await etcd.knownMembers(etcdClientUrl(address)) }
  } catch (error) {
    orUnknown(error)
    return undefined
  }
}

function notHere({ name, peerUrls }: EtcdMember): string {
  const next = `if it was this machine's, run \`kadm node remove ${name}\` on another control plane`
  return `the member ${name} of etcd stays: the machine has no address of ${peerUrls.join(', ')}, and etcd does not answer on it as that member; ${next}`
}

function notAsked({ node }: PhaseContext, peerUrl: string, why: KadmError): string {
  const next = `if the cluster lives on, run \`kadm node remove ${node.name}\` on another control plane`
  return `etcd could not be asked whether ${peerUrl} is still a member (${why.message}); ${next}`
}
