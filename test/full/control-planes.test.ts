import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { etcdMembers, marks, mixedControlPlanes } from '../e2e/control-planes.ts'
import { answerHere, type Here, ignoring, kadmBinds, kadmHere, kadmOn } from '../e2e/kadm.ts'
import { type KillPoint, killAt, leftovers, show, startHere } from '../e2e/killing.ts'
import { kubectl, untilReady } from '../e2e/observe.ts'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig } from '../lab/oracle.ts'
import { kubernetesVersions } from '../lab/versions.ts'

describe('control planes of both tools in one cluster of v1.36.3', () => mixedControlPlanes('v1.36.3'))

describe.each(kubernetesVersions)('parallel joins of two control planes and three workers of %s', version => {
  let lab: Lab
  let here: Here
  afterAll(() => lab?.stop())

  it('two control planes and three workers join with three commands in parallel', async () => {
    lab = await startLab({ name: 'at-once' })
    here = await kadmHere(lab)
    const names = ['cp1', 'cp2', 'cp3', 'w1', 'w2', 'w3']
    const nodes = await lab.startNodes(...names.map(name => ({ name, kubernetes: version, binds: kadmBinds })))
    const [cp1] = nodes as [LabNode]
    const { endpoint } = await lab.startBalancer(6443, nodes.slice(0, 3))
    await cp1.writeFile('/root/init.yaml', labKubeadmConfig({ version, controlPlaneEndpoint: endpoint }))
    await kadmOn(cp1, ['init', '--config', '/root/init.yaml'])
    const join = (joining: readonly LabNode[], ...more: readonly string[]) => {
      const hosts = joining.flatMap(node => ['--host', node.ssh()])
      return answerHere(here, ['join', ...hosts, '--from', cp1.ssh(), ...more, ...ignoring])
    }
    const planes = nodes.slice(1, 3).map(node => join([node], '--control-plane'))
    await Promise.all([...planes, join(nodes.slice(3))])
    expect(await etcdMembers(cp1)).toEqual(['cp1', 'cp2', 'cp3'].map(name => `${name} started voter`))
    const marked = names.slice(0, 3).map(name => `${name} control-plane exclude NoSchedule`)
    expect(await marks(cp1)).toEqual([...marked, 'w1', 'w2', 'w3'])
    await lab.connectPods(cp1)
    await untilReady(cp1, names)
  })
})

const phases = [
  'control-plane-prepare/download-certs',
  'control-plane-prepare/certs/etcd',
  'check-etcd',
  'etcd-join',
  'kubelet-start',
  'kubelet-wait-bootstrap',
  'control-plane-prepare/control-plane',
  'wait-control-plane/api',
  'control-plane-join/mark-control-plane',
  'kubelet-finalize/local-endpoint',
]
/** etcd-join adds a learner, writes its manifest, waits for its start, and promotes it. */
const inside = [20, 60, 120, 250, 600, 1200, 2000].map(
  afterMs => ({ phase: 'etcd-join', type: 'step-started', afterMs }) as const,
)
const points: readonly KillPoint[] = [
  ...phases.map(phase => ({ phase, type: 'step-started' }) as const),
  ...phases.map(phase => ({ phase, type: 'step-started', afterMs: 30 }) as const),
  ...phases.map(phase => ({ phase, type: 'step-done' }) as const),
  ...inside,
]

describe('an interrupted control plane join', () => {
  let lab: Lab
  let here: Here
  let first: LabNode
  const join = (node: LabNode) => [
    'join',
    '--control-plane',
    '--host',
    node.ssh('ops'),
    '--from',
    first.ssh('ops'),
    ...ignoring,
  ]

  beforeAll(async () => {
    lab = await startLab({ name: 'kill-cp' })
    here = await kadmHere(lab)
    first = await lab.startNode({ name: 'cp1', binds: kadmBinds })
    const { endpoint } = await lab.startBalancer(6443, [first])
    await first.writeFile('/root/init.yaml', labKubeadmConfig({ version: 'v1.37.2', controlPlaneEndpoint: endpoint }))
    await kadmOn(first, ['init', '--config', '/root/init.yaml'])
  })
  afterAll(() => lab?.stop())
  afterEach(async () => {
    for (const { name } of lab.nodes.filter(node => node !== first)) {
      await kadmOn(lab.node(name), ['reset', '-f'])
      await kubectl(first, `delete node ${name} --ignore-not-found`)
      expect(await etcdMembers(first)).toEqual(['cp1 started voter'])
      await lab.stopNode(name)
    }
  })

  async function expectWhole(node: LabNode): Promise<void> {
    expect(await etcdMembers(first)).toEqual(['cp1', node.name].map(name => `${name} started voter`))
    expect(await leftovers(node)).toEqual([])
    expect((await answerHere(here, join(node))).changes).toEqual([])
  }

  it('a control plane join completes after it was killed at one step after another', async () => {
    const node = await lab.startNode({ name: 'steps', binds: kadmBinds })
    for (const point of points) await killAt(startHere(here, join(node)), point)
    await answerHere(here, join(node))
    await expectWhole(node)
  })

  it.each(points.map((point, i) => [show(point), point, i] as const))(
    'a control plane join completes after it was killed at %s, and reset removes its etcd member',
    async (_, point, i) => {
      const node = await lab.startNode({ name: `k${i}`, binds: kadmBinds })
      await killAt(startHere(here, join(node)), point)
      await answerHere(here, join(node))
      await expectWhole(node)
    },
  )
})
