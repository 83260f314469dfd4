import type { Etcd } from '../../clients/etcd/etcd.ts'
import type { HostReader } from '../../host/host.ts'
import { readEtcdData } from '../../observe/etcd/data.ts'
import { memberAnswers } from '../../observe/etcd/member-answers.ts'
import type { Own } from './join-member.ts'
import type { Situation } from './plan-member.ts'

/** Asks etcd for its members and looks whose data is here; where that is not the member's at this URL, whether it answers. */
export async function readSituation(host: HostReader, etcd: Etcd, { peerUrl, dataDir }: Own): Promise<Situation> {
  const [members, data] = await Promise.all([etcd.members(), readEtcdData(host, dataDir)])
  const member = members.find(({ peerUrls }) => peerUrls.includes(peerUrl))
  const inPlace = data.kind === 'member' && data.id === member?.id
  const serving = member !== undefined && !inPlace && (await memberAnswers(etcd, member.id, member.clientUrls[0]))
  return { members, data, serving }
}
