import { type EtcdMember, memberHosts } from '../../clients/etcd/etcd.ts'
import type { ClusterState, Unanswered } from '../../cluster/state.ts'
import { isKadmError, isPassingStatus, KadmError } from '../../errors/kadm-error.ts'
import { memberOfNode } from '../etcd/member-of-node.ts'

/**
 * Rejects a name that is neither a Node nor an etcd member, and lists the existing names. Throws API_REFUSED. The phases
 * retry a server that does not answer now.
 */
export function refuseUnknownName(state: ClusterState, name: string): void {
  const names = state.nodes?.map(node => node.name)
  const members = state.stored?.etcd.external === undefined ? state.etcd : []
  if (names === undefined) requirePassing(unknownPart(state, 'nodes'))
  else if (names.includes(name)) return
  else if (members === undefined) requirePassing(unknownPart(state, 'etcd'))
  else if (memberOfNode(members, name) === undefined) throw unknownName(name, names, members)
}

function requirePassing(error: KadmError): void {
  if (isKadmError(error, 'API_UNREACHABLE') || isKadmError(error, 'ETCD_UNREACHABLE') || isPassingStatus(error)) return
  throw error
}

/** Returns why a part of the state is unknown. */
export function unknownPart({ unanswered = [] }: ClusterState, part: Unanswered['part']): KadmError {
  const failed = unanswered.find(one => one.part === part)
  return failed?.error ?? new KadmError('INTERNAL', `the state of the cluster was read without its ${part}`)
}

function unknownName(name: string, nodes: readonly string[], members: readonly EtcdMember[]): KadmError {
  const started = members.map(member => member.name).filter(member => member !== '' && !nodes.includes(member))
  const unstarted = members.filter(member => member.name === '').flatMap(member => memberHosts(member).slice(0, 1))
  const hint = [
    `the Nodes of the cluster are ${nodes.toSorted().join(', ')}`,
    ...(started.length === 0 ? [] : [`etcd has members without a Node: ${started.join(', ')}`]),
    ...(unstarted.length === 0 ? [] : [`use the address of members that never started: ${unstarted.join(', ')}`]),
  ].join('; ')
  const message = `the cluster has no Node ${name}, and etcd has no member with this name`
  return new KadmError('API_REFUSED', message, { hint, status: 404 })
}
