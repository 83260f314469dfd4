import { given } from '../../cluster/given.ts'
import { shellWord } from '../../errors/operator-commands.ts'
import { counted } from '../../ui/text.ts'
import type { RunReport } from '../run/run-plan.ts'

/** The result of `kadm node remove`. */
export function nodeRemoveResult(node: string, { results, changes, phases, warnings, seconds }: RunReport) {
  const address = results.address?.[0] ?? addressOfMember(changes)
  const objects = changes.filter(({ kind }) => kind === 'object')
  return {
    node,
    ...given({ address }),
    podsEvicted: objects.flatMap(({ what }) => (what.startsWith('Pod ') ? [what.slice('Pod '.length)] : [])),
    etcdMemberRemoved: changes.some(({ kind }) => kind === 'member'),
    nodeDeleted: results.deletedNode !== undefined,
    changes,
    phases,
    warnings,
    seconds,
  }
}

export type NodeRemoveResult = ReturnType<typeof nodeRemoveResult>

/** `spec` is the host that the operator named; the removed host may have the same user. */
export function nodeRemoveText(result: NodeRemoveResult, spec?: string): string {
  const { node, address, podsEvicted, etcdMemberRemoved, nodeDeleted, changes, seconds } = result
  if (changes.length === 0) return `${node}: not in the cluster; nothing changed (${seconds} s).\n`
  const done = [
    ...(podsEvicted.length === 0 ? [] : [`${counted(podsEvicted.length, 'pod')} evicted`]),
    ...(etcdMemberRemoved ? ['etcd member removed'] : []),
    ...(nodeDeleted ? ['Node deleted'] : []),
  ]
  const user = spec?.includes('@') ? spec.slice(0, spec.lastIndexOf('@') + 1) : ''
  const machine = shellWord(`${user}${address ?? node}`)
  const next = `If the host still exists, reset it:\n  kadm reset --host ${machine}\n`
  return `${node}: removed from the cluster: ${done.join(', ')} (${seconds} s).\n\n${next}`
}

/** Returns undefined for a member without a Node that is named by its ID, because an ID is not an address. */
function addressOfMember(changes: RunReport['changes']): string | undefined {
  const member = changes.find(({ kind }) => kind === 'member')
  const url = member?.what.split(/[ ,]+/).find(word => URL.canParse(word))
  return url === undefined ? undefined : new URL(url).hostname.replace(/^\[|\]$/g, '')
}
