import { describe, expect, it } from 'vitest'
import { fakeEtcd, fakeMember } from '../../../src/clients/etcd/fake.ts'
import { type FakeKubeOptions, fakeKube } from '../../../src/clients/kube/fake.ts'
import type { KubeObject } from '../../../src/cluster/kube-object.ts'
import type { ClusterState } from '../../../src/cluster/state.ts'
import { KadmError } from '../../../src/errors/kadm-error.ts'
import { fakeHost } from '../../../src/host/fake.ts'
import { observeState } from '../../../src/observe/cluster/observe-state.ts'

const stored = (etcd: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'kubeadm-config', namespace: 'kube-system' },
  data: {
    ClusterConfiguration: `apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.37.2\n${etcd}`,
  },
})
const labels = { 'node-role.kubernetes.io/control-plane': '' }
const node = (name: string, more = {}): KubeObject => ({ apiVersion: 'v1', kind: 'Node', metadata: { name, ...more } })
const nodes = [node('cp1', { labels }), node('cp9', { labels }), node('w1')]
const external = 'etcd: {external: {endpoints: ["https://10.0.0.9:2379"]}}\n'
const members = [
  fakeMember('1', 'cp1', '10.0.0.1'),
  fakeMember('2', 'cp2', '10.0.0.2'),
  fakeMember('3', 'cp3', '10.0.0.3'),
  fakeMember('4', '', '10.0.0.4', { learner: true }),
]

interface Asked extends FakeKubeOptions {
  readonly memberHealth?: boolean
  readonly down?: readonly string[]
  readonly etcdError?: KadmError
}

function look({ memberHealth = false, down = [], etcdError, ...kube }: Asked): Promise<ClusterState> {
  const openEtcd = async () => {
    if (etcdError !== undefined) throw etcdError
    return fakeEtcd({ members, down })
  }
  return observeState({
    api: { kube: fakeKube({ objects: [stored(''), ...nodes], ...kube }), openEtcd, memberHealth },
  })
}

const names = (state: ClusterState) => state.nodes?.map(({ name }) => name)
const missing = (state: ClusterState) => state.unanswered?.map(({ part, error }) => `${part}: ${error.message}`)

describe('the observed state of a cluster', () => {
  it('the state has the stored configuration, the Nodes, the etcd members, and their voters as control planes', async () => {
    const state = await look({})
    expect(state.stored?.kubernetesVersion).toBe('v1.37.2')
    expect(names(state)).toEqual(['cp1', 'cp9', 'w1'])
    expect(state.etcd).toEqual(members)
    expect(state.controlPlanes).toEqual(['cp1', 'cp2', 'cp3'])
    expect(state.unanswered).toEqual([])
  })

  it('the state has the health, version and database size of each etcd member that was asked', async () => {
    const { etcd } = await look({ memberHealth: true, down: ['https://10.0.0.2:2379'] })
    const healthy = { version: expect.any(String), dbSize: expect.any(Number) }
    expect(etcd?.map(({ health }) => health)).toEqual([
      healthy,
      { unhealthy: 'connection refused' },
      healthy,
      { unhealthy: 'not started' },
    ])
  })

  it('the state of a cluster with an external etcd has no members, and its control planes are the labelled Nodes', async () => {
    const state = await look({ objects: [stored(external), ...nodes], etcdError: new KadmError('INTERNAL', 'asked') })
    expect(state.etcd).toBeUndefined()
    expect(state.controlPlanes).toEqual(['cp1', 'cp9'])
  })

  it('the state takes the labelled Nodes as control planes when etcd does not answer, and has the reason', async () => {
    const state = await look({ etcdError: new KadmError('ETCD_UNREACHABLE', 'no quorum') })
    expect(state.controlPlanes).toEqual(['cp1', 'cp9'])
    expect(missing(state)).toEqual(['etcd: no quorum'])
  })

  it.each([
    ['Node', ['nodes: forbidden']],
    ['ConfigMap', ['stored: forbidden']],
  ])('the state keeps the other parts when the API refuses to read %s objects', async (kind, parts) => {
    const fail: FakeKubeOptions['fail'] = ({ what }) =>
      what.includes(kind) ? new KadmError('API_REFUSED', 'forbidden', { status: 403 }) : undefined
    const state = await look({ fail })
    expect(missing(state)).toEqual(parts)
    expect(names(state) === undefined).toBe(kind === 'Node')
    expect(state.stored === undefined).toBe(kind === 'ConfigMap')
  })

  it('the observer throws when the run is interrupted', async () => {
    const etcdError = new KadmError('INTERRUPTED', 'over')
    await expect(look({ etcdError })).rejects.toMatchObject({ code: 'INTERRUPTED' })
  })
})

describe('the observed runs of hosts', () => {
  const entry = (fields: object) => JSON.stringify({ time: '2026-03-04T05:06:07.000Z', ...fields })
  const step = { stage: 'init', phase: 'certs/ca', node: 'cp1' }
  const log = [
    entry({ type: 'run-opened', command: 'kadm init' }),
    entry({ type: 'step-started', ...step, text: 'Create the CA' }),
  ]
  const host = (name: string, stdout: string) =>
    fakeHost({ name, commands: ({ argv: [program] }) => (program === 'sh' ? { stdout } : undefined) })

  it('the state has the unfinished run of each host that has one', async () => {
    const hosts = [host('cp1', ['', 'run-1.jsonl', ...log].join('\n')), host('w1', '\n')]
    expect(await observeState({ hosts })).toEqual({
      unfinishedRuns: [
        {
          ...{ host: 'cp1', run: 'run-1', command: 'kadm init', stoppedAt: new Date('2026-03-04T05:06:07Z') },
          steps: [{ stage: 'init', phase: 'certs/ca' }],
        },
      ],
      unanswered: [],
    })
  })

  it.each(['COMMAND_FAILED', 'HOST_UNREACHABLE'] as const)(
    'the state names the host whose runs could not be read because of %s, and keeps those of the others',
    async code => {
      const error = new KadmError(code, 'no answer')
      const hosts = [{ ...host('w1', ''), query: () => Promise.reject(error) }, host('w2', '\n')]
      expect(await observeState({ hosts })).toEqual({
        unfinishedRuns: [],
        unanswered: [{ part: 'unfinishedRuns', from: 'w1', error }],
      })
    },
  )
})
