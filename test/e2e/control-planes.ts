import type { LabNode } from '../lab/lab.ts'
import { kubectl } from './observe.ts'

const pki = '/etc/kubernetes/pki/etcd'
const etcdctl = `/opt/oracle/v1.37.2/etcdctl --endpoints https://127.0.0.1:2379 --cacert ${pki}/ca.crt \
  --cert ${pki}/healthcheck-client.crt --key ${pki}/healthcheck-client.key`

/** The members of etcd as etcd's own tool tells them: `cp1 started voter`, sorted. */
export async function etcdMembers(node: LabNode): Promise<readonly string[]> {
  const { stdout } = await node.run(`${etcdctl} member list`)
  const lines = stdout.trim().split('\n')
  const cells = lines.map(line => line.split(', '))
  return cells
    .map(([, state, name, , , learner]) => `${name} ${state} ${learner === 'true' ? 'learner' : 'voter'}`)
    .sort()
}

/** Labels and taints that mark a Node, by name: `cp1 control-plane exclude NoSchedule`. */
export async function marks(node: LabNode): Promise<readonly string[]> {
  const { items } = JSON.parse(await kubectl(node, 'get nodes -o json')) as { readonly items: readonly NodeItem[] }
  return items.map(({ metadata: { name, labels }, spec: { taints = [] } }) => {
    const own = taints.filter(({ key }) => key === 'node-role.kubernetes.io/control-plane')
    const found = [
      ...(labels['node-role.kubernetes.io/control-plane'] === '' ? ['control-plane'] : []),
      ...(labels['node.kubernetes.io/exclude-from-external-load-balancers'] === '' ? ['exclude'] : []),
      ...own.map(({ effect }) => effect),
    ]
    return [name, ...found].join(' ')
  })
}

interface NodeItem {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> }
  readonly spec: { readonly taints?: readonly { readonly key: string; readonly effect: string }[] }
}

/** Which API server each kubeconfig of a control plane speaks to, by file. */
export async function serversOf(node: LabNode): Promise<Readonly<Record<string, string>>> {
  const { stdout } = await node.run("cd /etc/kubernetes && grep -H 'server: ' *.conf")
  const pairs = stdout
    .trim()
    .split('\n')
    .map(line => /^([^:]+): *server: (.*)$/.exec(line)?.slice(1) ?? [])
  return Object.fromEntries(pairs)
}

/** The arguments of a printed command, which may go over several lines. */
export function wordsOf(command: string): readonly string[] {
  return command.replaceAll('\\\n', ' ').trim().split(/\s+/).slice(1)
}
