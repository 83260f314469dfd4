import type { Etcd } from '../../clients/etcd/etcd.ts'
import { type EtcdMember, memberHosts, showMember, showMemberId } from '../../clients/etcd/etcd.ts'
import { type Cluster, controlPlanesOf } from '../../cluster/cluster.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { type EtcdData, readEtcdData } from '../../observe/etcd/data.ts'
import { memberAnswers } from '../../observe/etcd/member-answers.ts'
import { etcdPeerUrl, type InitialMember } from '../../render/etcd.ts'

/** What must change on a host with an earlier membership before this node can be a member. */
export interface MemberPlan {
  /** True if it is a voter with its data in place. */
  readonly done: boolean
  /** The member to remove first: its data were here and are lost. */
  readonly remove?: EtcdMember
  /** True if data of another membership are in the way. etcd would refuse them. */
  readonly clear: boolean
}

/**
 * Compares the member at this node's peer URL with the data directory. Throws ETCD_REFUSED if a member could lose data
 * that are not known to be lost.
 */
export function planMember({ members, data, serving }: Situation, { peerUrl, dataDir }: JoiningMember): MemberPlan {
  const member = members.find(({ peerUrls }) => peerUrls.includes(peerUrl))
  const owner = data.kind === 'member' ? members.find(({ id }) => id === data.id) : undefined
  const own = serving || (member !== undefined && owner === member)
  const started = member !== undefined && member.name !== ''
  if (owner !== undefined && owner !== member) throw ownedBy(owner, peerUrl, dataDir)
  if (started && !own && data.kind === 'unknown') throw perhapsOwnedBy(member, dataDir)
  return {
    done: own && started && member?.learner === false,
    ...(started && !own ? { remove: member } : {}),
    clear: data.kind !== 'none' && !own,
  }
}

function ownedBy(owner: EtcdMember, peerUrl: string, dataDir: string): KadmError {
  const shown = `${showMember(owner)} at ${owner.peerUrls.join(', ')}`
  const message = `the data in ${dataDir} is that of a member of etcd, ${shown}; as ${peerUrl} this host would be another one`
  const [address = ''] = memberHosts(owner)
  return new KadmError('ETCD_REFUSED', message, {
    hint: `to keep that member, join with --apiserver-advertise-address ${address}; else run \`kadm reset\` on this host first, which takes it out of etcd`,
  })
}

function perhapsOwnedBy(member: EtcdMember, dataDir: string): KadmError {
  const shown = `${showMember(member)} at ${member.peerUrls.join(', ')}`
  const message = `etcd has a member on this host, ${shown}, that does not answer; the owner of the data in ${dataDir} cannot be determined`
  return new KadmError('ETCD_REFUSED', message, {
    hint: 'see why etcd does not run here (`crictl ps -a --name etcd`); if its data is lost, run `kadm reset` on this host and join it again',
  })
}

/**
 * Returns the members for `--initial-cluster`, in etcd's order. etcd compares only the URLs. A member without a name,
 * or with the name of this node at another address, is listed by its ID unless a node of this run has its URL.
 */
export function membersFor(cluster: Cluster, members: readonly EtcdMember[], own: InitialMember) {
  const joining = controlPlanesOf(cluster).map(({ name, advertiseAddress }) => ({
    name,
    peerUrl: etcdPeerUrl(advertiseAddress),
  }))
  return members.map(({ id, name, peerUrls }): InitialMember => {
    const known = [own, ...joining].find(({ peerUrl }) => peerUrls.includes(peerUrl))
    if (known !== undefined) return { name: known.name, peerUrl: known.peerUrl }
    return { name: name === '' || name === own.name ? showMemberId(id) : name, peerUrl: peerUrls[0] ?? '' }
  })
}

/** The etcd member of a joining control plane. */
export interface JoiningMember {
  readonly name: string
  readonly peerUrl: string
  readonly dataDir: string
}

/** The membership of this node, as etcd and the host report it. */
export interface Situation {
  readonly members: readonly EtcdMember[]
  /** The owner of the data in the data directory. */
  readonly data: EtcdData
  /** True if the member at this node's peer URL answers, wherever its data are. */
  readonly serving: boolean
}

/**
 * Reads the members of etcd and the owner of the local data. If the data do not belong to the member at this URL,
 * checks whether that member answers.
 */
export async function readSituation(
  host: HostReader,
  etcd: Etcd,
  { peerUrl, dataDir }: JoiningMember,
): Promise<Situation> {
  const [members, data] = await Promise.all([etcd.members(), readEtcdData(host, dataDir)])
  const member = members.find(({ peerUrls }) => peerUrls.includes(peerUrl))
  const inPlace = data.kind === 'member' && data.id === member?.id
  const serving = member !== undefined && !inPlace && (await memberAnswers(etcd, member.id, member.clientUrls[0]))
  return { members, data, serving }
}
