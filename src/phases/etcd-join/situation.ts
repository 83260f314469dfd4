import type { Etcd, EtcdMember } from '../../clients/etcd/etcd.ts'
import type { HostReader } from '../../host/host.ts'
import { type EtcdData, readEtcdData } from '../../observe/etcd/data.ts'
import { memberAnswers } from '../../observe/etcd/member-answers.ts'
import type { JoiningMember } from './joining-member.ts'

/** What etcd and the host say of this node's membership. */
export interface Situation {
  readonly members: readonly EtcdMember[]
  /** Whose data is in the data directory. */
  readonly data: EtcdData
  /** The member at this node's peer URL answers, wherever its data is. */
  readonly serving: boolean
}

/** Asks etcd for its members and looks whose data is here; where that is not the member's at this URL, whether it answers. */
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
