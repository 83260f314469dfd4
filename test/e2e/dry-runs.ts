import type { LabNode } from '../lab/lab.ts'
import type { Answer } from './kadm.ts'

interface Change {
  readonly phase: string
  readonly kind: string
  readonly what: string
  readonly mode?: string
  readonly before?: string
  readonly after?: string
  readonly contents?: readonly string[]
}

export interface DryAnswer extends Omit<Answer, 'changes'> {
  readonly changes: readonly Change[]
  readonly unansweredServers: readonly string[]
  readonly assumed: readonly string[]
}

/** Every file and folder of a node but what the system itself writes to: mode, owner, size, times; and some contents. */
export async function wholeTree(node: LabNode): Promise<readonly string[]> {
  const left = ['proc', 'sys', 'dev', 'run', 'tmp', 'var/log', 'opt/kadm'].map(dir => `-path /${dir}`).join(' -o ')
  const every = `find / -xdev \\( ${left} \\) -prune -o -printf '%p %y %m %u:%g %s %T@ %C@ %l\\n'`
  const contents = 'find /etc /root /var/lib/kubelet /var/lib/etcd -type f -exec md5sum {} + 2>/dev/null'
  return (await node.run(`{ ${every}; ${contents}; crictl images; } | sort`)).stdout.trimEnd().split('\n')
}

/**
 * Changes as sorted lines. Whether a kubelet without configuration has just ended is chance, and so is which of the lanes
 * beside each other, etcd's or the kubelet's, finds the folder of manifests missing, or both.
 */
export function comparable(changes: Answer['changes']): readonly string[] {
  const lines = changes
    .map(({ phase, kind, what }) => `${phase}: ${kind} ${what.replace(/bootstrap-token-\w{6}/, 'bootstrap-token-*')}`)
    .filter(line => !line.endsWith('systemctl reset-failed kubelet'))
    .map(line => line.replace(/^(?:etcd-join|kubelet-start)(: dir \/etc\/kubernetes\/manifests)$/, 'lanes$1'))
  return lines.filter((line, i) => !line.startsWith('lanes: ') || lines.indexOf(line) === i).sort()
}
