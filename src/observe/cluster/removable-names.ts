import { type EtcdMember, memberHosts } from '../../clients/etcd/etcd.ts'
import type { Kube } from '../../clients/kube/kube.ts'
import { isKadmError, isPassingStatus, KadmError } from '../../errors/kadm-error.ts'
import { memberOfNode } from '../etcd/member-of-node.ts'

/** Rejects a name that is neither a Node nor an etcd member, and lists the existing names. Throws API_REFUSED. */
export async function refuseUnknownName(
  kube: Kube,
  name: string,
  readMembers: () => Promise<readonly EtcdMember[]>,
): Promise<void> {
  const nodes = await kube.list({ apiVersion: 'v1', kind: 'Node' }).catch(orUnknown)
  const names = nodes?.map(node => node.metadata.name)
  if (names === undefined || names.includes(name)) return
  const members = await readMembers().catch(orUnknown)
  if (members === undefined || memberOfNode(members, name) !== undefined) return
  throw unknownName(name, names, members)
}

/** The phases retry a server that does not answer now. */
function orUnknown(error: unknown): undefined {
  if (isKadmError(error, 'API_UNREACHABLE') || isKadmError(error, 'ETCD_UNREACHABLE')) return undefined
  if (isKadmError(error) && isPassingStatus(error)) return undefined
  throw error
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
