import { type Etcd, type EtcdMember, memberHosts } from '../../clients/etcd/etcd.ts'
import type { HostReader } from '../../host/host.ts'
import { networkQuestions, parseNetwork } from '../machine/addresses.ts'
import { ask } from '../machine/questions.ts'
import { readEtcdData } from './data.ts'
import { memberAt } from './member-answers.ts'
import type { OwnEtcd } from './own-etcd.ts'

/** The etcd member of a host. */
export type OwnMember =
  | { readonly kind: 'here'; readonly member: EtcdMember }
  /** The files or the name of this host refer to it, but it lives elsewhere: this one is a copy or a predecessor. */
  | { readonly kind: 'elsewhere'; readonly member: EtcdMember }
  /** It may or may not belong to this host. */
  | { readonly kind: 'doubtful'; readonly member: EtcdMember; readonly why: string }
  /** The etcd that runs here is a member of another cluster than the one that was queried. */
  | { readonly kind: 'stranger'; readonly id: string }
  | { readonly kind: 'none' }

/** What is known about a host before its members are read. */
export interface OwnTraces {
  readonly host: HostReader
  readonly own: OwnEtcd
  /** The node name, which kubeadm uses for its member. */
  readonly name: string
}

/**
 * Returns the member of this host. A running etcd reports it. Otherwise it is the member whose peer URL or data the
 * host has, or that has one of its addresses or the name of its node. A started member must have an address of the
 * host: without one it lives elsewhere if it answers there, and is uncertain if it does not. An unstarted member needs
 * an address of the host unless the host has its URL: a killed join leaves no more.
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
