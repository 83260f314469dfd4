import type { Etcd, EtcdMember } from '../../clients/etcd/etcd.ts'
import { isKadmError } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { readEtcdData } from '../../observe/etcd-data.ts'
import type { Own } from './join-member.ts'
import type { Situation } from './plan-member.ts'

/** Asks etcd for its members and looks whose data is here; where that is not the member's at this URL, whether it answers. */
export async function readSituation(host: HostReader, etcd: Etcd, { peerUrl, dataDir }: Own): Promise<Situation> {
  const [members, data] = await Promise.all([etcd.members(), readEtcdData(host, dataDir)])
  const member = members.find(({ peerUrls }) => peerUrls.includes(peerUrl))
  const inPlace = data.kind === 'member' && data.id === member?.id
  return { members, data, serving: member !== undefined && !inPlace && (await answers(etcd, member)) }
}

async function answers(etcd: Etcd, { id, clientUrls }: EtcdMember): Promise<boolean> {
  const [endpoint] = clientUrls
  if (endpoint === undefined) return false
  try {
    return (await etcd.status(endpoint)).memberId === id
  } catch (error) {
    if (isKadmError(error, 'ETCD_UNREACHABLE') || isKadmError(error, 'ETCD_REFUSED')) return false
    throw error
  }
}
