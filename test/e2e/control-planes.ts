import { afterAll, beforeAll, expect, it } from 'vitest'
import { type KubernetesVersion, type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig } from '../lab/oracle.ts'
import { answerOn, ignoring, kadmBinds } from './kadm.ts'
import { kubectl, untilReady } from './observe.ts'
import { kubeadm } from './parity/tool.ts'

const pki = '/etc/kubernetes/pki/etcd'
const etcdctl = `/opt/oracle/v1.37.2/etcdctl --command-timeout=60s --dial-timeout=20s --endpoints https://127.0.0.1:2379 --cacert ${pki}/ca.crt \
  --cert ${pki}/healthcheck-client.crt --key ${pki}/healthcheck-client.key`

/** Returns the members of etcd as etcdctl lists them: `cp1 started voter`, sorted. */
export async function etcdMembers(node: LabNode): Promise<readonly string[]> {
  const { stdout } = await node.run(`${etcdctl} member list`)
  const lines = stdout.trim().split('\n')
  const cells = lines.map(line => line.split(', '))
  return cells
    .map(([, state, name, , , learner]) => `${name} ${state} ${learner === 'true' ? 'learner' : 'voter'}`)
    .sort()
}

/** Returns the labels and taints that mark a Node, by name: `cp1 control-plane exclude NoSchedule`. */
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

/** Returns the API server in each kubeconfig of a control plane, by file. */
export async function serversOf(node: LabNode): Promise<Readonly<Record<string, string>>> {
  const { stdout } = await node.run("cd /etc/kubernetes && grep -H 'server: ' *.conf")
  const pairs = stdout
    .trim()
    .split('\n')
    .map(line => /^([^:]+): *server: (.*)$/.exec(line)?.slice(1) ?? [])
  return Object.fromEntries(pairs)
}

/** Returns the arguments of a printed command, which can have several lines. */
export function wordsOf(command: string): readonly string[] {
  return command.replaceAll('\\\n', ' ').trim().split(/\s+/).slice(1)
}

const config = ['--config', '/root/init.yaml'] as const

/** Two nodes, `a` and `b`; `a` has the configuration of a cluster behind a load balancer. */
async function pair(lab: Lab, version: KubernetesVersion, names: readonly [string, string]) {
  const nodes = await lab.startNodes(...names.map(name => ({ name, kubernetes: version, binds: kadmBinds })))
  const [first, second] = nodes as [LabNode, LabNode]
  const balancer = await lab.startBalancer(6443, [first])
  const { endpoint } = balancer
  await first.writeFile('/root/init.yaml', labKubeadmConfig({ version, controlPlaneEndpoint: endpoint }))
  const end = async () => {
    await balancer.close()
    for (const name of names) await lab.stopNode(name)
  }
  return { first, second, end }
}

/** Verifies a cluster of two control planes, created by either tool. */
async function expectPair(lab: Lab, first: LabNode, second: LabNode): Promise<void> {
  const names = [first.name, second.name]
  expect(await etcdMembers(first)).toEqual(names.map(name => `${name} started voter`))
  expect(await marks(second)).toEqual(names.map(name => `${name} control-plane exclude NoSchedule`))
  const own = `https://${second.address}:6443`
  expect(await serversOf(second)).toMatchObject({ 'kubelet.conf': own, 'controller-manager.conf': own })
  await lab.connectPods(first)
  await untilReady(second, names)
}

/**
 * Each tool creates a cluster, and the other adds a control plane with the certificates that the first has uploaded.
 */
export function mixedControlPlanes(version: KubernetesVersion): void {
  const oracle = kubeadm(version)
  let lab: Lab

  beforeAll(async () => {
    lab = await startLab({ name: 'mixed-cp', most: { controlPlanes: 2 } })
  })
  afterAll(() => lab?.stop())

  it('kadm joins a control plane to a cluster of kubeadm with the command that kubeadm prints', async () => {
    const { first, second, end } = await pair(lab, version, ['a1', 'a2'])
    const { stdout } = await oracle(first, ['init', ...config, '--upload-certs'])
    const printed = /kubeadm join (?:.|\n)*?--certificate-key \S+/.exec(stdout)?.[0] ?? ''
    const answer = await answerOn(second, [...wordsOf(printed), ...ignoring])
    expect(answer.nodes).toEqual([{ name: 'a2', role: 'control-plane' }])
    await expectPair(lab, first, second)
    await end()
  })

  it('kubeadm joins a control plane to a cluster of kadm with the command that kadm prints', async () => {
    const { first, second, end } = await pair(lab, version, ['b1', 'b2'])
    const { joinCommands } = await answerOn(first, ['init', ...config, '--upload-certs'])
    const printed = joinCommands.find(({ role }) => role === 'control-plane')?.command ?? ''
    const { stdout } = await oracle(second, [...wordsOf(printed), ...ignoring])
    expect(stdout).toContain('a new control plane instance was created')
    await expectPair(lab, first, second)
    await end()
  })
}
