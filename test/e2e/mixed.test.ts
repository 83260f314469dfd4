import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig } from '../lab/oracle.ts'
import { kubernetesVersions } from '../lab/versions.ts'
import { answerHere, answerOn, ignoring, kadmBinds, kadmHere } from './kadm.ts'
import { kubectl } from './observe.ts'
import { kubeadm } from './parity/tool.ts'

const config = ['--config', '/root/init.yaml']

describe.each(kubernetesVersions)('nodes of both tools in one cluster of %s', version => {
  const oracle = kubeadm(version)
  let lab: Lab

  beforeAll(async () => {
    lab = await startLab({ name: 'mixed', most: { controlPlanes: 1, workers: 2 } })
  })
  afterAll(() => lab?.stop())

  async function startNodes(...names: readonly string[]): Promise<LabNode[]> {
    const nodes = await lab.startNodes(...names.map(name => ({ name, kubernetes: version, binds: kadmBinds })))
    await nodes[0]?.writeFile('/root/init.yaml', labKubeadmConfig({ version }))
    return nodes
  }

  /** Creates the pod network of all nodes after the nodes are known. */
  async function settle(controlPlane: LabNode, names: readonly string[]): Promise<void> {
    for (const name of names) await kubectl(controlPlane, `wait --for=create node/${name} --timeout=120s`)
    await lab.connectPods(controlPlane)
    await kubectl(controlPlane, 'wait --for=condition=Ready nodes --all --timeout=200s')
  }

  async function endNodes(...names: readonly string[]): Promise<void> {
    for (const name of names) await lab.stopNode(name)
  }

  it('kubeadm joins a cluster of kadm with the printed command, and plans its upgrade', async () => {
    const names = ['a-cp', 'a-w']
    const [cp, worker] = (await startNodes(...names)) as [LabNode, LabNode]
    const { joinCommands, tokens } = await answerOn(cp, ['init', ...config])
    const joined = await oracle(worker, [...wordsOf(joinCommands[0]?.command ?? ''), ...ignoring])
    expect(joined.stdout).toContain('This node has joined the cluster')
    await settle(cp, names)

    const listed = await oracle(cp, ['token', 'list'])
    expect(listed.stdout).toContain(tokens[0])
    const expiry = await oracle(cp, ['certs', 'check-expiration'])
    expect(expiry.stdout).toContain('apiserver-etcd-client')
    // Its trial Job has a timeout of 15 s, even on a busy host.
    const checks = ['--ignore-preflight-errors', 'SystemVerification,CreateJob']
    const plan = await kubeadm('v1.37.2')(cp, ['upgrade', 'plan', 'v1.37.2', ...checks])
    expect(plan.stdout).toContain(`[upgrade/versions] Cluster version: ${version.slice(1)}`)
    expect(plan.stdout).toContain('[upgrade/versions] Target version: v1.37.2')
    // kubeadm warns about each unknown field in the stored configuration.
    expect([listed.stderr, expiry.stderr, plan.stderr].join('\n')).not.toMatch(/unknown field/i)
    await endNodes(...names)
  })

  it('kadm changes nothing on a control plane of kubeadm, and joins its cluster by command and over SSH', async () => {
    const names = ['b-cp', 'b-printed', 'b-from']
    const [cp, printed, from] = (await startNodes(...names)) as [LabNode, LabNode, LabNode]
    await oracle(cp, ['init', ...config])
    expect((await answerOn(cp, ['init', ...config])).changes).toEqual([])
    const { stdout: command } = await oracle(cp, ['token', 'create', '--print-join-command'])
    const here = await kadmHere(lab)
    const [first, second] = await Promise.all([
      answerOn(printed, [...wordsOf(command), ...ignoring]),
      answerHere(here, ['join', '--host', from.ssh('ops'), '--from', cp.ssh(), ...ignoring]),
    ])
    expect(first.nodes).toEqual([{ name: 'b-printed', role: 'worker' }])
    expect(second.nodes).toEqual([{ name: 'b-from', role: 'worker' }])
    await settle(cp, names)
    await rm(here.home, { recursive: true })
    await endNodes(...names)
  })
})

/** Returns the arguments of a printed command, which can have several lines. */
function wordsOf(command: string): readonly string[] {
  return command.replaceAll('\\\n', ' ').trim().split(/\s+/).slice(1)
}
