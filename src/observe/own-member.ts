import { type EtcdMember, memberHosts } from '../clients/etcd/etcd.ts'
import type { HostReader } from '../host/host.ts'
import { networkQuestions, parseNetwork } from './addresses.ts'
import type { OwnEtcd } from './own-etcd.ts'
import { ask } from './questions.ts'

/**
 * The member that is this machine's: by its peer URL; else one that never started and whose address the machine has. A
 * join that was killed after it announced itself leaves such a one, and nothing here that names its URL.
 */
export async function findOwnMember(
  host: HostReader,
  members: readonly EtcdMember[],
  own: OwnEtcd,
): Promise<EtcdMember | undefined> {
  const named = members.find(({ peerUrls }) => peerUrls.includes(own.peerUrl))
  const unstarted = members.filter(({ name }) => name === '')
  if (named !== undefined || unstarted.length === 0) return named
  const { interfaces } = parseNetwork(await ask(host, networkQuestions))
  const addresses = new Set(interfaces.filter(({ loopback }) => !loopback).flatMap(link => link.addresses))
  return unstarted.find(member => memberHosts(member).some(address => addresses.has(address)))
}
