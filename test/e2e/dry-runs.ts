import type { Lab, LabNode } from '../lab/lab.ts'
import { labKubeadmConfig } from '../lab/oracle.ts'
import { type Answer, type Here, kadmBinds, kadmHere } from './kadm.ts'

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

export interface DryMachines {
  readonly here: Here
  readonly cp: LabNode
  readonly worker: LabNode
  readonly second: LabNode
}

/** Three hosts without a cluster; /root/init.yaml on the first creates one. */
export async function startDryMachines(lab: Lab): Promise<DryMachines> {
  const names = ['cp1', 'w1', 'cp2'].map(node => ({ name: node, binds: kadmBinds }))
  const [here, nodes] = await Promise.all([kadmHere(lab), lab.startNodes(...names)])
  // Until it is configured, a kubelet exits and is restarted every ten seconds: possibly right after its files were
  // written, so that a run does not need to start it.
  await Promise.all(nodes.map(node => node.run(['systemctl', 'stop', 'kubelet'])))
  const [cp, worker, second] = nodes as [LabNode, LabNode, LabNode]
  await cp.writeFile('/root/init.yaml', dryConfig(cp, {}))
  return { here, cp, worker, second }
}

export function dryConfig(cp: LabNode, cluster: Record<string, unknown>): string {
  return labKubeadmConfig({ version: 'v1.37.2', controlPlaneEndpoint: `${cp.address}:6443`, cluster })
}

/**
 * Every file and directory of a node, except those that the system changes: mode, owner, size, times; and some
 * contents.
 */
export async function wholeTree(node: LabNode): Promise<readonly string[]> {
  const left = ['proc', 'sys', 'dev', 'run', 'tmp', 'var/log', 'opt/kadm'].map(dir => `-path /${dir}`).join(' -o ')
  const every = `find / -xdev \\( ${left} \\) -prune -o -printf '%p %y %m %u:%g %s %T@ %C@ %l\\n'`
  const contents = 'find /etc /root /var/lib/kubelet /var/lib/etcd -type f -exec md5sum {} + 2>/dev/null'
  return (await node.run(`{ ${every}; ${contents}; crictl images; } | sort`)).stdout.trimEnd().split('\n')
}

/**
 * Changes as sorted lines. It is chance whether a kubelet without configuration has just exited, and which of the
 * parallel lanes, etcd's or the kubelet's, finds the manifests directory missing, or both.
 */
export function comparable(changes: Answer['changes']): readonly string[] {
  const lines = changes
    .map(({ phase, kind, what }) => `${phase}: ${kind} ${what.replace(/bootstrap-token-\w{6}/, 'bootstrap-token-*')}`)
    .filter(line => !line.endsWith('systemctl reset-failed kubelet'))
    .map(line => line.replace(/^(?:etcd-join|kubelet-start)(: dir \/etc\/kubernetes\/manifests)$/, 'lanes$1'))
  return lines.filter((line, i) => !line.startsWith('lanes: ') || lines.indexOf(line) === i).sort()
}
