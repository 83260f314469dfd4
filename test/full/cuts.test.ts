import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { etcdMembers } from '../e2e/control-planes.ts'
import { type Answer, answerHere, answerOn, type Here, ignoring, kadmBinds, kadmHere } from '../e2e/kadm.ts'
import { cutOff, type KillPoint, leftovers, nodeNames, show, startHere, startOn, tokens } from '../e2e/killing.ts'
import { kubectl } from '../e2e/observe.ts'
import { cutPort } from '../lab/faults.ts'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labJoinConfig, labKubeadmConfig } from '../lab/oracle.ts'

let lab: Lab
let here: Here

beforeAll(async () => {
  lab = await startLab({ name: 'cuts' })
  here = await kadmHere(lab)
  await writeFile(join(here.home, 'init.yaml'), labKubeadmConfig({ version: 'v1.37.2' }))
})
afterAll(() => lab?.stop())

const initOn = (node: LabNode) => ['init', '--host', node.ssh('ops'), '--config', join(here.home, 'init.yaml')]

/**
 * Disconnects the host of a run, and reconnects it after the run has reported the loss: within 30 s, with host and
 * step.
 */
async function cutAt(point: KillPoint, node: LabNode, words: readonly string[]): Promise<void> {
  const { seconds, code, stderr, phases } = await cutOff(startHere(here, words), point, node)
  expect(seconds).toBeLessThan(30)
  expect(code, stderr).toBe(4)
  expect(phases).not.toEqual([])
  expect(stderr).toMatch(new RegExp(`✗ .* on ${node.name}[^]*lost the connection to ${node.address}`))
  expect(stderr).toContain('HOST_UNREACHABLE')
  await node.connect()
}

const initPoints: readonly KillPoint[] = [
  { phase: 'preflight', type: 'step-started', afterMs: 50 },
  { phase: 'certs/apiserver', type: 'step-started', afterMs: 30 },
  { phase: 'kubelet-start', type: 'step-started', afterMs: 100 },
  { phase: 'wait-control-plane/api', type: 'step-started', afterMs: 500 },
  { phase: 'addon/coredns', type: 'step-started', afterMs: 10 },
]

describe('network failures during init', () => {
  let node: LabNode
  afterEach(() => lab.stopNode(node.name))

  it.each(initPoints.map(point => [show(point), point] as const))(
    'init over SSH completes after a network failure at %s',
    async (_, point) => {
      node = await lab.startNode({ name: `cp${initPoints.indexOf(point)}` })
      await cutAt(point, node, initOn(node))
      await answerHere(here, initOn(node))
      expect(await kubectl(node, 'get --raw /readyz')).toBe('ok')
      expect([await nodeNames(node), await leftovers(node)]).toEqual([[node.name], []])
      expect(await tokens(node)).toHaveLength(1)
      expect((await answerHere(here, initOn(node))).changes).toEqual([])
    },
  )
})

describe('network failures during a control plane join', () => {
  let cp: LabNode
  let config: string
  beforeAll(async () => {
    cp = await lab.startNode({ name: 'first' })
    config = join(here.home, 'ha.yaml')
    await writeFile(config, labKubeadmConfig({ version: 'v1.37.2', controlPlaneEndpoint: `${cp.address}:6443` }))
    await answerHere(here, ['init', '--host', cp.ssh('ops'), '--config', config])
  })
  afterAll(() => lab.stopNode('first'))

  const points: readonly KillPoint[] = [
    { phase: 'control-plane-prepare/certs/etcd', type: 'step-started', afterMs: 30 },
    { phase: 'etcd-join', type: 'step-started', afterMs: 150 },
    { phase: 'etcd-join', type: 'step-started', afterMs: 1500 },
  ]
  it('a control plane join completes after a network failure at one step after another', async () => {
    const node = await lab.startNode({ name: 'second' })
    const words = ['join', '--control-plane', '--host', node.ssh('ops'), '--from', cp.ssh('ops'), ...ignoring]
    for (const point of points) await cutAt(point, node, words)
    await answerHere(here, words)
    expect(await etcdMembers(cp)).toEqual(['first started voter', 'second started voter'])
    expect(await leftovers(node)).toEqual([])
    await lab.stopNode(node.name)
  })
})

describe('network failures during a worker join', () => {
  let cp: LabNode
  let made: Answer
  beforeAll(async () => {
    cp = await lab.startNode({ name: 'cp' })
    made = await answerHere(here, initOn(cp))
  })
  let worker: LabNode
  afterEach(() => lab.stopNode(worker.name))

  const points: readonly KillPoint[] = [
    { phase: 'kubelet-start', type: 'step-started', afterMs: 60 },
    { phase: 'kubelet-wait-bootstrap', type: 'step-started', afterMs: 100 },
  ]
  it.each(points.map(point => [show(point), point] as const))(
    'a worker join over SSH completes after a network failure at %s',
    async (_, point) => {
      worker = await lab.startNode({ name: `w${points.indexOf(point)}` })
      const join = ['join', '--host', worker.ssh('ops'), '--from', cp.ssh('ops'), ...ignoring]
      await cutAt(point, worker, join)
      await answerHere(here, join)
      expect((await answerHere(here, join)).changes).toEqual([])
      await kubectl(cp, `wait --for=create node/${worker.name} --timeout=60s`)
    },
  )

  it('a worker join by token reports a lost API server and completes when it is back', async () => {
    worker = await lab.startNode({ name: 'w9', binds: kadmBinds })
    const [token = ''] = made.tokens
    const given = labJoinConfig({ apiServerEndpoint: made.endpoint, token, caCertHash: made.caCertHashes[0] ?? '' })
    await worker.writeFile(
      '/root/join.yaml',
      `${given}timeouts: { tlsBootstrap: 30s, kubernetesAPICall: 30s, discovery: 30s }\n`,
    )
    const join = ['join', '--config', '/root/join.yaml', ...ignoring]
    const run = startOn(worker, join)
    await run.until(({ type, phase }) => type === 'step-started' && phase === 'kubelet-start')
    const endFault = await cutPort(cp, 6443, worker)
    const cut = await run.ended
    expect(cut.code, cut.stderr).toBe(1)
    expect(cut.stderr).toContain(made.endpoint)
    expect(await leftovers(worker)).toEqual([])
    await endFault()
    await answerOn(worker, join)
    await kubectl(cp, `wait --for=create node/${worker.name} --timeout=60s`)
  })
})
