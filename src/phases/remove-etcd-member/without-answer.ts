import { type Etcd, type EtcdMember, memberHosts } from '../../clients/etcd/etcd.ts'
import { readHealthOf } from '../../clients/etcd/member-states.ts'
import { controlPlanesOf } from '../../cluster/cluster.ts'
import { given } from '../../cluster/given.ts'
import { isAnswer, isKadmError, KadmError } from '../../errors/kadm-error.ts'
import { memberAt } from '../../observe/etcd/member-answers.ts'
import { readKnownPeers } from '../../observe/etcd/metrics.ts'
import type { OwnEtcd } from '../../observe/etcd/own-etcd.ts'
import { runningContainers } from '../../observe/machine/running-containers.ts'
import { describeHealth } from '../../ops/etcd-quorum.ts'
import { etcdClientUrl, etcdPeerUrl } from '../../render/etcd.ts'
import type { PhaseContext } from '../phase.ts'
import { quorumUnknown } from './refusals.ts'

/**
 * Decides without an answer from the cluster's etcd. This host's own etcd can answer even without a quorum, and no
 * running etcd is an answer too. Throws if etcd runs and others may need its vote.
 */
export async function decideWithoutAnswer(ctx: PhaseContext, own: OwnEtcd, why: KadmError): Promise<void> {
  const known = await askOwn(ctx, own)
  if (known !== undefined) {
    const others = otherVoters(ctx, known.members, known.own)
    if (others.length > 0) throw await refusedForOthers(known.etcd, others, why)
  } else if (await runsHere(ctx, own)) {
    const peers = await readKnownPeers(ctx.host, own.metricsUrl)
    if (peers === undefined || peers.length > 0) throw quorumUnknown(ctx, own, why)
    return ctx.report({ kind: 'progress', text: 'its etcd has no other member: its data is deleted' })
  }
  ctx.report({ kind: 'warning', text: notAsked(ctx, own, why) })
}

interface Known {
  readonly etcd: Etcd
  readonly members: readonly EtcdMember[]
  /** Absent for a member that was removed. */
  readonly own?: EtcdMember
}

/** Returns the membership as the etcd of this host knows it; undefined if it does not answer. */
async function askOwn(ctx: PhaseContext, own: OwnEtcd): Promise<Known | undefined> {
  const urls = [own.localUrl, ...memberHosts(own).map(etcdClientUrl)].filter(url => url !== undefined)
  for (const url of new Set(urls)) {
    try {
      const etcd = await ctx.etcd()
      const members = await etcd.knownMembers(url)
      const id = await memberAt(etcd, url)
      const member = members.find(one => one.id === id || own.peerUrls.some(peer => one.peerUrls.includes(peer)))
      return { etcd, members, ...given({ own: member }) }
    } catch (error) {
      if (!isAnswer(error)) throw error
    }
  }
  return undefined
}

/** Returns the voters that may need this one. Those on hosts of this run do not count, because they are reset too. */
function otherVoters({ cluster }: PhaseContext, members: readonly EtcdMember[], own: EtcdMember | undefined) {
  if (own === undefined || own.learner) return []
  const names = new Set(cluster.nodes.map(({ name }) => name))
  const urls = new Set(controlPlanesOf(cluster).map(({ advertiseAddress }) => etcdPeerUrl(advertiseAddress)))
  const leaving = ({ name, peerUrls }: EtcdMember) => names.has(name) || peerUrls.some(url => urls.has(url))
  return members.filter(one => one !== own && !one.learner && !leaving(one))
}

async function refusedForOthers(etcd: Etcd, others: readonly EtcdMember[], why: KadmError): Promise<KadmError> {
  const health = describeHealth(await readHealthOf(etcd, others))
  const message = `the member of this host cannot be taken out of etcd, which has others: ${health}: ${why.message}`
  return new KadmError('ETCD_UNREACHABLE', message, {
    hint: 'bring them back, then reset again; if they are gone for good, `--skip-phases remove-etcd-member` resets without',
    problems: why.problems,
    cause: why,
  })
}

/** True if an etcd process exists, else if the container runtime reports one: a container can be a virtual machine. */
async function runsHere(ctx: PhaseContext, own: OwnEtcd): Promise<boolean> {
  if (own.pids.length > 0) return true
  try {
    return (await runningContainers(await ctx.cri(), 'etcd')).length > 0
  } catch (error) {
    if (!isKadmError(error, 'CRI_FAILED') && !isKadmError(error, 'HOST_CONNECT')) throw error
    return false
  }
}

function notAsked({ node }: PhaseContext, { peerUrls }: OwnEtcd, why: KadmError): string {
  const member = peerUrls.length === 0 ? node.name : peerUrls.join(', ')
  const next = `if the cluster lives on, run \`kadm node remove ${node.name} --host …\` on another control plane`
  return `etcd could not be asked whether ${member} is still a member (${why.message}); ${next}`
}
