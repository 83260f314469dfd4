import type { Etcd, EtcdMember } from '../../clients/etcd/etcd.ts'
import type { HostReader } from '../../host/host.ts'
import { type EtcdData, readEtcdData } from '../../observe/etcd/data.ts'
import { memberAnswers } from '../../observe/etcd/member-answers.ts'
import type { JoiningMember } from './joining-member.ts'

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
