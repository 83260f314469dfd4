import { describe, expect, it } from 'vitest'
import { fakeEtcd, fakeMember } from '../../src/clients/etcd/fake.ts'
import { type FakeKubeOptions, fakeKube } from '../../src/clients/kube/fake.ts'
import type { KubeObject } from '../../src/cluster/kube-object.ts'
import type { RemoveRequest } from '../../src/cluster/request.ts'
import { KadmError } from '../../src/errors/kadm-error.ts'
import { checkRemoval, deleteNode, drainRemovedNode, removeMemberOfNode } from '../../src/phases/node-remove/index.ts'
import { quickCluster, runPhase } from './run-phase.ts'

const removing = (more: Partial<RemoveRequest> = {}): Partial<RemoveRequest> => {
  return { name: 'cp3', drainTimeoutMs: 20, force: false, ...more }
}

interface NodeOptions {
  readonly ready?: string
  readonly address?: string
  readonly external?: string
  readonly spec?: Record<string, boolean>
  /** Default: those of a control plane. */
  readonly labels?: Record<string, string>
}
const controlPlane = { 'node-role.kubernetes.io/control-plane': '' }
const node = (name: string, options: NodeOptions = {}): KubeObject => {
  const { ready = 'True', address = '10.77.0.13', external, spec = {}, labels = controlPlane } = options
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    spec,
    status: {
      conditions: [{ type: 'Ready', status: ready }],
      addresses: [
        { type: 'InternalIP', address },
        ...(external === undefined ? [] : [{ type: 'ExternalDNS', address: external }]),
      ],
    },
  }
}
/** The mirror pod of etcd on a node, with another container before etcd, as from a patch. */
const etcdPod = (nodeName: string, member: string, address: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `etcd-${nodeName}`, namespace: 'kube-system', labels: { component: 'etcd' } },
  spec: {
    nodeName,
    containers: [
      { name: 'beside', image: 'x:1', command: ['beside'] },
      {
        name: 'etcd',
        image: 'etcd:3',
        command: ['etcd', `--name=${member}`, `--initial-advertise-peer-urls=https://${address}:2380`],
      },
    ],
  },
})
interface Kept {
  readonly owner?: string
  readonly mirror?: boolean
  readonly phase?: string
  readonly nodeName?: string
}
const pod = (name: string, { owner, mirror = false, phase = 'Running', nodeName = 'cp3' }: Kept = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    namespace: 'default',
    ...(owner === undefined ? {} : { ownerReferences: [{ kind: owner, controller: true }] }),
    ...(mirror ? { annotations: { 'kubernetes.io/config.mirror': 'x' } } : {}),
  },
  spec: { nodeName },
  status: { phase },
})
const members = ['1', '2', '3'].map(id => fakeMember(id, `cp${id}`, `10.77.0.1${id}`))
const url = (n: number) => `https://10.77.0.1${n}:2379`
const tooMany = new KadmError('API_REFUSED', 'the budget needs 1 healthy pod', { status: 429 })

const api = (objects: readonly KubeObject[], more: Partial<FakeKubeOptions> = {}) => fakeKube({ objects, ...more })

describe('the etcd check', () => {
  const check = (
    etcd: ReturnType<typeof fakeEtcd>,
    objects: readonly KubeObject[] = [node('cp3')],
    cluster = quickCluster(),
  ) => runPhase(checkRemoval, { etcd, kube: api(objects), cluster, request: removing() })

  it('node remove passes the etcd check when the remaining members have a quorum, even if the host is gone', async () => {
    expect(await check(fakeEtcd({ members }))).toMatchObject({ changes: [], warnings: [] })
    await expect(check(fakeEtcd({ members, down: [url(3)] }))).resolves.toMatchObject({ warnings: [] })
  })

  it('node remove fails with the health of the members when the remaining ones have no quorum', async () => {
    await expect(check(fakeEtcd({ members, down: [url(2)] }))).rejects.toMatchObject({
      code: 'ETCD_REFUSED',
      message: expect.stringContaining('cp1 (healthy), cp2 (connection refused)'),
    })
  })

  it('node remove refuses the last control plane, with a hint on how to delete the cluster', async () => {
    const alone = fakeEtcd({ members: members.slice(2) })
    await expect(check(alone)).rejects.toMatchObject({ hint: expect.stringContaining('kadm reset') })
  })

  it('node remove finds a member that never started by the address of its Node', async () => {
    const unstarted = fakeMember('3', '', '10.77.0.13', { learner: true })
    const etcd = fakeEtcd({ members: [...members.slice(0, 1), unstarted] })
    expect((await check(etcd)).warnings).toEqual([])
  })

  const loose = (name: string, address: string) =>
    fakeEtcd({ members: [members[0], fakeMember('4', name, address)].filter(one => one !== undefined) })

  it('node remove keeps the etcd member of another Node at the same address and warns', async () => {
    const etcd = loose('cp4', '10.77.0.13')
    const objects = [node('cp3'), node('cp4'), etcdPod('cp3', 'cp3', '10.77.0.13')]
    expect((await check(etcd, objects)).warnings).toEqual([
      expect.stringMatching(/member cp4 .* Node cp3 .*it stays in etcd/),
    ])
    const removed = await runPhase(removeMemberOfNode, { etcd, kube: api(objects), request: removing() })
    expect(removed.changes).toEqual([])
  })

  it.each<readonly [string, string, KubeObject]>([
    ['at an address of the Node', '10.77.0.13', node('cp3', { labels: {} })],
    ['at an address of the Node of another kind', 'cp3.example.com', node('cp3', { external: 'cp3.example.com' })],
    ['on a second network card of a control plane', '192.168.99.3', node('cp3')],
  ])(
    'node remove stops when an etcd member without a Node may belong to the removed node: %s',
    async (_, address, going) => {
      await expect(
        check(loose('old-name', address), [going, node('cp1', { address: '10.77.0.11' })]),
      ).rejects.toMatchObject({
        code: 'ETCD_REFUSED',
        message: expect.stringContaining('whether the member old-name of etcd'),
        hint: expect.stringMatching(/kadm node remove old-name --host ….*kubectl delete node cp3/),
      })
    },
  )

  it.each<readonly [string, readonly KubeObject[]]>([
    ['a worker', [node('cp3', { labels: {} })]],
    ['a control plane when another Node has its name', [node('cp3'), node('old-name', { address: '10.77.0.14' })]],
    ['a control plane when another Node has its address', [node('cp3'), node('cp4', { address: '192.168.99.3' })]],
    [
      'a control plane when another Node runs its static pod',
      [node('cp3'), node('cp4', { address: '10.77.0.14' }), etcdPod('cp4', 'old-name', '192.168.99.3')],
    ],
  ])('node remove does not assign an etcd member at another address to %s', async (_, objects) => {
    const outcome = await check(loose('old-name', '192.168.99.3'), [...objects, node('cp1', { address: '10.77.0.11' })])
    expect(outcome.warnings).toEqual([])
  })

  it('node remove warns when neither a Node nor an etcd member has the name', async () => {
    const { warnings } = await check(fakeEtcd({ members: members.slice(0, 2) }), [])
    expect(warnings).toEqual(['the cluster has no Node cp3, and etcd has no member with this name'])
  })

  it('node remove hints at the address of an etcd member that never started when the name is unknown', async () => {
    const unstarted = fakeMember('171', '', '10.77.0.19', { learner: true })
    const { warnings } = await check(fakeEtcd({ members: [...members.slice(0, 2), unstarted] }), [])
    expect(warnings).toEqual([expect.stringContaining('kadm node remove 10.77.0.19')])
  })

  it('node remove does not change an external etcd', async () => {
    const etcd = fakeEtcd({ members, down: [url(2)] })
    const external = quickCluster({ config: { etcd: { external: { endpoints: ['https://e'] } } } })
    await check(etcd, [node('cp3')], external)
    expect(etcd.calls).toEqual([])
  })
})

describe('drain', () => {
  const drain = (kube: ReturnType<typeof api>, more: Partial<RemoveRequest> = {}) =>
    runPhase(drainRemovedNode, { kube, request: removing(more) })

  it('drain cordons the node and evicts only pods that a controller recreates', async () => {
    const kube = api([
      node('cp3'),
      pod('web', { owner: 'ReplicaSet' }),
      pod('proxy', { owner: 'DaemonSet' }),
      pod('etcd-cp3', { mirror: true }),
      pod('job', { owner: 'Job', phase: 'Succeeded' }),
      pod('elsewhere', { owner: 'ReplicaSet', nodeName: 'cp1' }),
    ])
    expect((await drain(kube)).changes).toEqual(['object Node cp3', 'object Pod default/web'])
    expect(kube.objects().map(({ metadata }) => metadata.name)).toEqual([
      'cp3',
      'proxy',
      'etcd-cp3',
      'job',
      'elsewhere',
    ])
  })

  it('drain refuses to lose a pod before it changes anything, and deletes it with --force', async () => {
    const kube = api([node('cp3'), pod('bare')])
    await expect(drain(kube)).rejects.toMatchObject({
      code: 'DRAIN_BLOCKED',
      message: expect.stringContaining('default/bare'),
      hint: expect.stringContaining('--force'),
    })
    expect(kube.calls.filter(({ verb }) => verb === 'patch' || verb === 'evict')).toEqual([])
    expect((await drain(kube, { force: true })).changes).toContain('object Pod default/bare')
  })

  it('drain retries while a disruption budget blocks an eviction', async () => {
    let refusals = 2
    const fail: FakeKubeOptions['fail'] = ({ verb }) => (verb === 'evict' && refusals-- > 0 ? tooMany : undefined)
    const kube = api([node('cp3'), pod('web', { owner: 'ReplicaSet' })], { fail })
    expect((await drain(kube, { drainTimeoutMs: 10_000 })).changes).toContain('object Pod default/web')
  })

  it('drain lists the pods that are not evicted in time and the reasons', async () => {
    const fail: FakeKubeOptions['fail'] = ({ verb }) => (verb === 'evict' ? tooMany : undefined)
    const kube = api([node('cp3'), pod('web', { owner: 'ReplicaSet' })], { fail })
    await expect(drain(kube)).rejects.toMatchObject({
      code: 'DRAIN_BLOCKED',
      problems: [{ message: 'the budget needs 1 healthy pod' }],
    })
    const { warnings } = await drain(kube, { force: true })
    expect(warnings).toEqual([expect.stringContaining('the budget needs 1 healthy pod')])
  })

  it.each([
    [500, 'the Pod has more than one PodDisruptionBudget'],
    [403, 'evictions are forbidden'],
  ])(
    'drain reports the API error of each pod that is not evicted and evicts the others: %i',
    async (status, message) => {
      const refusal = new KadmError('API_REFUSED', message, { status })
      const fail: FakeKubeOptions['fail'] = ({ verb, what }) =>
        verb === 'evict' && what.includes('held') ? refusal : undefined
      const kube = api([node('cp3'), pod('held', { owner: 'ReplicaSet' }), pod('web', { owner: 'ReplicaSet' })], {
        fail,
      })
      await expect(drain(kube)).rejects.toMatchObject({ code: 'DRAIN_BLOCKED', problems: [{ message }] })
    },
  )

  it('drain does not wait for pods on an unreachable node', async () => {
    const kube = api([node('cp3', { ready: 'Unknown' }), pod('web', { owner: 'ReplicaSet' }), pod('bare')])
    const { changes, progress } = await drain(kube)
    expect([changes, progress]).toEqual([[], [expect.stringContaining('cp3 is unreachable')]])
  })

  it('drain stops waiting once the cluster marks the node as unreachable', async () => {
    let evictions = 0
    const fail: FakeKubeOptions['fail'] = ({ verb }) => {
      if (verb !== 'evict') return undefined
      if (++evictions > 1) void kube.update(node('cp3', { ready: 'Unknown' }))
      return tooMany
    }
    const kube = api([node('cp3'), pod('web', { owner: 'ReplicaSet' })], { fail })
    const { progress } = await drain(kube, { drainTimeoutMs: 60_000 })
    expect(progress).toEqual(['evicting a pod', expect.stringContaining('cp3 is unreachable')])
    expect(evictions).toBe(2)
  })

  it('drain changes nothing on a node that is drained or gone', async () => {
    expect((await drain(api([node('cp3', { spec: { unschedulable: true } })]))).changes).toEqual([])
    expect((await drain(api([]))).changes).toEqual([])
  })
})

describe('the etcd member', () => {
  const remove = (etcd: ReturnType<typeof fakeEtcd>) =>
    runPhase(removeMemberOfNode, { etcd, kube: api([node('cp3')]), request: removing() })

  it.each([
    ['by the static pod of the Node', '192.168.99.3', ['member etcd member https://192.168.99.3:2380']],
    ['but not by its name alone', '192.168.99.4', []],
  ])('node remove looks for an etcd member with another name than the Node %s', async (_, address, changes) => {
    const etcd = fakeEtcd({ members: [...members.slice(0, 2), fakeMember('3', 'infra3', '192.168.99.3')] })
    const kube = api([node('cp3'), etcdPod('cp3', 'infra3', address)])
    expect((await runPhase(removeMemberOfNode, { etcd, kube, request: removing() })).changes).toEqual(changes)
  })

  it('node remove removes the etcd member of a host that is gone', async () => {
    const etcd = fakeEtcd({ members, down: [url(3)] })
    expect((await remove(etcd)).changes).toEqual(['member etcd member https://10.77.0.13:2380'])
  })

  it.each(['10.77.0.19', 'ab', '0xAB'])(
    'node remove removes an etcd member that never started and has no Node by its address or ID: %s',
    async name => {
      const unstarted = fakeMember('171', '', '10.77.0.19', { learner: true })
      const etcd = fakeEtcd({ members: [...members, unstarted] })
      const outcome = await runPhase(removeMemberOfNode, { etcd, kube: api([]), request: removing({ name }) })
      expect(outcome.changes).toEqual(['member etcd member https://10.77.0.19:2380'])
    },
  )

  it.each(['[fd00:77::19]', 'FD00:77:0::19'])(
    'node remove accepts any notation of the address of an etcd member: %s',
    async name => {
      const unstarted = fakeMember('171', '', '[fd00:77::19]', { learner: true })
      const etcd = fakeEtcd({ members: [...members, unstarted] })
      const outcome = await runPhase(removeMemberOfNode, { etcd, kube: api([]), request: removing({ name }) })
      expect(outcome.changes).toHaveLength(1)
    },
  )

  it.each(['10.77.0.13', '3'])('node remove finds a started etcd member only by its name: %s', async name => {
    const etcd = fakeEtcd({ members })
    const outcome = await runPhase(removeMemberOfNode, { etcd, kube: api([]), request: removing({ name }) })
    expect(outcome.changes).toEqual([])
  })

  it('node remove keeps the etcd member when the quorum is lost during the drain', async () => {
    const etcd = fakeEtcd({ members, down: [url(2)] })
    await expect(remove(etcd)).rejects.toMatchObject({ code: 'ETCD_REFUSED' })
    expect(etcd.calls.some(call => call.startsWith('remove'))).toBe(false)
  })

  it('node remove ignores an etcd member that is already gone', async () => {
    expect((await remove(fakeEtcd({ members: members.slice(0, 2) }))).changes).toEqual([])
  })
})

describe('the Node', () => {
  it('node remove deletes the Node and ignores one that is already gone', async () => {
    const kube = api([node('cp3'), node('cp1')])
    const remove = () => runPhase(deleteNode, { kube, request: removing() })
    expect((await remove()).changes).toEqual(['object Node cp3'])
    expect((await remove()).changes).toEqual([])
    expect(kube.objects().map(({ metadata }) => metadata.name)).toEqual(['cp1'])
  })
})
