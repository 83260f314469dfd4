import { type Etcd, type EtcdMember, memberHosts } from '../clients/etcd/etcd.ts'
import type { HostReader } from '../host/host.ts'
import { networkQuestions, parseNetwork } from './addresses.ts'
import { memberAnswers } from './member-answers.ts'
import type { OwnEtcd } from './own-etcd.ts'
import { ask } from './questions.ts'

/** Which member of etcd is a machine's. */
export interface OwnMember {
  readonly member?: EtcdMember
  /** One that the files here name, but that lives on another machine for all that shows: this one is a copy of it, or came before it. */
  readonly elsewhere?: EtcdMember
}

/**
 * The member that is this machine's: by its peer URL; else one that never started and whose address the machine has. A
 * join that was killed after it announced itself leaves such a one, and nothing here that names its URL. One that has
 * started is this machine's only if the machine has its address, or is where it answers.
 */
export async function findOwnMember(
  host: HostReader,
  etcd: Pick<Etcd, 'status'>,
  members: readonly EtcdMember[],
  own: OwnEtcd,
): Promise<OwnMember> {
  const named = members.find(({ peerUrls }) => peerUrls.includes(own.peerUrl))
  const unstarted = members.filter(({ name }) => name === '')
  if (named === undefined && unstarted.length === 0) return {}
  if (named?.name === '') return { member: named }
  const { interfaces } = parseNetwork(await ask(host, networkQuestions))
  const addresses = new Set(interfaces.filter(({ loopback }) => !loopback).flatMap(link => link.addresses))
  const isHere = (member: EtcdMember) => memberHosts(member).some(address => addresses.has(address))
  if (named === undefined) {
    const member = unstarted.find(isHere)
    return member === undefined ? {} : { member }
  }
  return isHere(named) || (await memberAnswers(etcd, named.id, own.localUrl)) ? { member: named } : { elsewhere: named }
}
