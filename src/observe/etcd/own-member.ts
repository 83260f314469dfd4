import { type Etcd, type EtcdMember, memberHosts } from '../../clients/etcd/etcd.ts'
import type { HostReader } from '../../host/host.ts'
import { networkQuestions, parseNetwork } from '../machine/addresses.ts'
import { ask } from '../machine/questions.ts'
import { readEtcdData } from './data.ts'
import { memberAt } from './member-answers.ts'
import type { OwnEtcd } from './own-etcd.ts'

/** Which member of etcd is a host's. */
export type OwnMember =
  | { readonly kind: 'here'; readonly member: EtcdMember }
  /** The files or the name of this host name it, but it lives on another: this one is a copy of it, or came before it. */
  | { readonly kind: 'elsewhere'; readonly member: EtcdMember }
  /** It may be this host's or not. */
  | { readonly kind: 'doubtful'; readonly member: EtcdMember; readonly why: string }
  /** The etcd that runs here is a member, but of another cluster than the one that was asked. */
  | { readonly kind: 'stranger'; readonly id: string }
  | { readonly kind: 'none' }

/** What is known of a host before its members are looked at. */
export interface OwnTraces {
  readonly host: HostReader
  readonly own: OwnEtcd
  /** Of the node, which is what kubeadm names its member. */
  readonly name: string
}

/**
 * The member that is this host's. An etcd that answers here says so itself. Else it is the one whose peer URL the
 * host names, whose data it holds, that has one of its addresses or the name of its node. One that has started must
 * have an address of the host: without one it lives elsewhere when it answers there, and is in doubt when it does not.
 * One that never started needs an address of the host unless its URL is named: a join that was killed leaves no more.
 */
export async function findOwnMember(
  { host, own, name }: OwnTraces,
  etcd: Pick<Etcd, 'status'>,
  members: readonly EtcdMember[],
): Promise<OwnMember> {
  const answering = await memberAt(etcd, own.localUrl)
  if (answering !== undefined) {
    const member = members.find(({ id }) => id === answering)
    return member === undefined ? { kind: 'stranger', id: answering } : { kind: 'here', member }
  }
  const byUrl = members.find(({ peerUrls }) => own.peerUrls.some(url => peerUrls.includes(url)))
  if (byUrl?.name === '') return { kind: 'here', member: byUrl }
  const addresses = await readAddresses(host)
  const isHere = (member: EtcdMember) => memberHosts(member).some(address => addresses.has(address))
  const byName = members.find(member => member.name !== '' && member.name === (own.name ?? name))
  const named = byUrl ?? (await memberOfData(host, own, members)) ?? byName
  const atAddress = members.filter(isHere)
  if (named !== undefined && atAddress.includes(named)) return { kind: 'here', member: named }
  const [first] = atAddress
  if (named === undefined) return first === undefined ? { kind: 'none' } : { kind: 'here', member: first }
  if (first !== undefined && first.name !== '') {
    return { kind: 'doubtful', member: named, why: `the host has the address of the member ${first.name}` }
  }
  const lives = (await memberAt(etcd, named.clientUrls[0])) === named.id
  if (lives && own.pids.length === 0) return { kind: 'elsewhere', member: named }
  const why = lives ? 'etcd on this host does not respond' : 'it does not answer'
  return { kind: 'doubtful', member: named, why: `the host has none of its addresses, and ${why}` }
}

async function memberOfData(host: HostReader, { dataDir }: OwnEtcd, members: readonly EtcdMember[]) {
  if (dataDir === undefined) return undefined
  const data = await readEtcdData(host, dataDir)
  return data.kind === 'member' ? members.find(({ id }) => id === data.id) : undefined
}

async function readAddresses(host: HostReader): Promise<ReadonlySet<string>> {
  const { interfaces } = parseNetwork(await ask(host, networkQuestions))
  return new Set(interfaces.filter(({ loopback }) => !loopback).flatMap(link => link.addresses))
}
