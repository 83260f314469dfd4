import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Balancer } from '../lab/balancer.ts'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig } from '../lab/oracle.ts'
import { answerHere, type Here, ignoring, kadmHere } from './kadm.ts'
import { startHere } from './killing.ts'
import { kubectl, untilKubeletsAnswer } from './observe.ts'
import { stateOf } from './observed-state.ts'

let lab: Lab
let here: Here
let balancer: Balancer
let cps: readonly [LabNode, LabNode, LabNode]

beforeAll(async () => {
  lab = await startLab({ name: 'members', most: { controlPlanes: 3 } })
  here = await kadmHere(lab)
  cps = (await lab.startNodes({ name: 'cp1' }, { name: 'cp2' }, { name: 'cp3' })) as unknown as typeof cps
  const [cp1, cp2, cp3] = cps
  balancer = await lab.startBalancer(6443, [cp1])
  const config = join(here.home, 'init.yaml')
  await writeFile(config, labKubeadmConfig({ version: 'v1.37.2', controlPlaneEndpoint: balancer.endpoint }))
  await answerHere(here, ['init', '--host', cp1.ssh(), '--config', config])
  await answerHere(here, joinArgs(cp2, cp3))
  balancer.use(cps.map(({ address }) => address))
  await untilKubeletsAnswer(cps)
})
afterAll(() => lab?.stop())

const joinArgs = (...nodes: readonly LabNode[]) => [
  'join',
  '--control-plane',
  ...nodes.flatMap(node => ['--host', node.ssh()]),
  ...['--from', cps[0].ssh(), ...ignoring],
]

interface Warned {
  readonly warnings: readonly string[]
}

/** Names of the voting members, and `learner` for each other one, as etcdctl lists them. */
async function members(node: LabNode): Promise<readonly string[]> {
  const pki = '/etc/kubernetes/pki/etcd'
  const keys = `--cacert ${pki}/ca.crt --cert ${pki}/healthcheck-client.crt --key ${pki}/healthcheck-client.key`
  const tool = `/opt/oracle/v1.37.2/etcdctl --command-timeout=60s --dial-timeout=20s --endpoints https://127.0.0.1:2379 ${keys}`
  const { stdout } = await node.run(`${tool} member list -w json`)
  const list = (JSON.parse(stdout) as { members: readonly { name?: string; isLearner?: boolean }[] }).members
  return list.map(({ name = '', isLearner }) => (isLearner ? 'learner' : name)).sort()
}

interface Failure {
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string }
}

async function failure(args: readonly string[]): Promise<Failure['error']> {
  const { code, stdout } = await here.run([...args, '-o', 'json', '--progress', 'plain'])
  expect(code).not.toBe(0)
  return (JSON.parse(stdout) as Failure).error
}

describe('three control planes', () => {
  it('three control planes are three members of etcd', async () => {
    expect(await members(cps[0])).toEqual(['cp1', 'cp2', 'cp3'])
  })

  it('the observed state has the healthy members, and no unfinished run or part without an answer', async () => {
    const { stored, nodes, etcd, controlPlanes, unfinishedRuns, unanswered } = await stateOf(lab, here, cps)
    const names = ['cp1', 'cp2', 'cp3']
    expect(stored?.kubernetesVersion).toBe('v1.37.2')
    expect(nodes?.map(({ name, kubeletVersion }) => [name, kubeletVersion])).toEqual(names.map(n => [n, 'v1.37.2']))
    expect([...(controlPlanes ?? [])].sort()).toEqual(names)
    const health = { version: expect.stringMatching(/^3\./), dbSize: expect.any(Number) }
    expect(etcd?.map(({ health }) => health)).toEqual(names.map(() => health))
    expect({ unfinishedRuns, unanswered }).toEqual({ unfinishedRuns: [], unanswered: [] })
  })

  it('the observed servers of a control plane present the certificates that are on its disk', async () => {
    const { onDisk = [], served = [] } = await stateOf(lab, here, cps.slice(1, 2))
    const serials = new Map(onDisk.map(({ name, serial }) => [name, serial]))
    expect(onDisk.map(({ key }) => key)).toEqual(onDisk.map(() => 'matches'))
    expect(served.map(({ server, serial }) => [server, serial])).toEqual([
      ['kube-apiserver', serials.get('apiserver')],
      // These two sign their certificates themselves at the start.
      ['kube-controller-manager', expect.any(String)],
      ['kube-scheduler', expect.any(String)],
      ['etcd', serials.get('etcd-server')],
      ['etcd-peer', serials.get('etcd-peer')],
      ['kubelet', expect.any(String)],
    ])
    const api = served.find(({ server }) => server === 'kube-apiserver')
    expect(api?.sans.ips).toContain(cps[1].address)
  })

  it('reset removes the etcd member of a control plane although no API server is reachable', async () => {
    balancer.serve(false)
    const { warnings } = (await answerHere(here, ['reset', '-f', '--host', cps[2].ssh()])) as unknown as Warned
    balancer.serve(true)
    expect(warnings).toEqual([])
    expect(await members(cps[0])).toEqual(['cp1', 'cp2'])
    expect(await kubectl(cps[0], 'get --raw /readyz')).toBe('ok')
  })

  it('node remove deletes the Node of a control plane that was reset', async () => {
    const removed = await answerHere(here, ['node', 'remove', 'cp3', '--host', cps[0].ssh()])
    expect(removed).toMatchObject({ nodeDeleted: true, etcdMemberRemoved: false })
    expect(await kubectl(cps[0], 'get nodes -o name')).toBe('node/cp1\nnode/cp2\n')
  })

  it('reset removes the etcd learner of a join that was killed', async () => {
    const running = startHere(here, joinArgs(cps[2]))
    let over = false
    running.ended.then(() => {
      over = true
    })
    while (!(await members(cps[0])).includes('learner')) expect(over).toBe(false)
    running.kill()
    await running.ended
    expect((await members(cps[0])).length).toBe(3)
    await answerHere(here, ['reset', '-f', '--host', cps[2].ssh()])
    expect(await members(cps[0])).toEqual(['cp1', 'cp2'])
  })

  it('a control plane joins again after a reset', async () => {
    await answerHere(here, joinArgs(cps[2]))
    expect(await members(cps[0])).toEqual(['cp1', 'cp2', 'cp3'])
  })

  it('removing a healthy control plane while another is down is refused, with the etcd members', async () => {
    cps[2].kill()
    for (const args of [
      ['node', 'remove', 'cp2', '--host', cps[0].ssh()],
      ['reset', '-f', '--host', cps[1].ssh()],
    ]) {
      const { code, message } = await failure(args)
      expect(code).toBe('ETCD_REFUSED')
      expect(message).toMatch(/without cp2 etcd would lose its quorum: 1 of the 2/)
      expect(message).toMatch(/cp1 \(healthy\), cp3 \((timed out|no route to the host|connection refused)\)/)
    }
    expect(await members(cps[0])).toEqual(['cp1', 'cp2', 'cp3'])
    expect((await cps[1].run('ls /etc/kubernetes/manifests')).stdout.trim().split('\n')).toHaveLength(4)
  })

  it('node remove removes a control plane that is down, and a repeated run lists the existing names', async () => {
    const remove = ['node', 'remove', 'cp3', '--host', cps[0].ssh()]
    expect(await answerHere(here, remove)).toMatchObject({ etcdMemberRemoved: true, nodeDeleted: true })
    expect(await members(cps[0])).toEqual(['cp1', 'cp2'])
    expect(await kubectl(cps[0], 'get nodes -o name')).toBe('node/cp1\nnode/cp2\n')
    expect(await failure(remove)).toMatchObject({ code: 'API_REFUSED', hint: expect.stringContaining('cp1, cp2') })
  })

  it('reset of all control planes in one run lists what it deletes', async () => {
    balancer.use(cps.slice(0, 2).map(({ address }) => address))
    const hosts = cps.slice(0, 2).flatMap(node => ['--host', node.ssh()])
    const { nodes, warnings } = (await answerHere(here, ['reset', '-f', ...hosts])) as unknown as Warned & {
      readonly nodes: readonly { readonly name: string; readonly goneForGood: readonly string[] }[]
    }
    expect(warnings).toEqual([])
    expect(nodes.map(({ name }) => name)).toEqual(['cp1', 'cp2'])
    for (const { goneForGood } of nodes) expect(goneForGood).toContain('/var/lib/etcd')
    for (const node of cps.slice(0, 2))
      expect((await node.run('ls -A /var/lib/etcd /etc/kubernetes/pki')).stdout).not.toContain('ca.key')
  })
})
