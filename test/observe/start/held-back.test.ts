import { describe, expect, it } from 'vitest'
import type { Cri, CriPod } from '../../../src/clients/cri/cri.ts'
import { fakeCri } from '../../../src/clients/cri/fake.ts'
import { fakeKube } from '../../../src/clients/kube/fake.ts'
import { fakeHost } from '../../../src/host/fake.ts'
import type { HostReader } from '../../../src/host/host.ts'
import { manifestsApplied, staticPodsHeldBack, staticPodsIdle } from '../../../src/observe/start/held-back.ts'
import { type KubeletPod, readKubeletPods } from '../../../src/observe/start/kubelet-pods.ts'

const written = new Date('2026-03-01T12:00:00Z')
const before = new Date(written.getTime() - 1000)
const after = new Date(written.getTime() + 1000)
const host = { stat: async () => ({ mtime: written }) } as unknown as HostReader

function pod(createdAt: Date, name = 'etcd-cp1', namespace = 'kube-system') {
  return { id: 'x', name, namespace, createdAt, ofKubelet: true }
}

describe('staticPodsHeldBack', () => {
  it.each([
    ['that was never created', [], []],
    ['that was created from its manifest', [pod(after)], []],
    ['that was created from an earlier manifest', [pod(before)], ['etcd']],
    ['whose successor exists', [pod(before), pod(after)], []],
    ['of another name or namespace', [pod(before, 'etcd-cp2'), pod(before, 'etcd-cp1', 'default')], []],
  ])('staticPodsHeldBack for a static pod %s returns %s', async (_, pods, wanted) => {
    expect(await staticPodsHeldBack(host, fakeCri({ pods }), 'cp1', ['etcd'])).toEqual(wanted)
  })
})

const components = ['etcd', 'kube-apiserver']
const takenUp = (on: HostReader, cri: Pick<Cri, 'pods'>, reported?: readonly KubeletPod[]) =>
  manifestsApplied({ host: on, cri, nodeName: 'cp1', components, report: async () => reported })

describe('a changed manifest', () => {
  const ago = (ms: number) => new Date(Date.now() - ms)
  const madeBefore = fakeCri({ pods: [pod(ago(60_000))] })
  const machine = (writtenMsAgo: number, aheadMs = 0) =>
    fakeHost({
      files: { '/etc/kubernetes/manifests/etcd.yaml': 'x' },
      now: () => new Date(Date.now() - writtenMsAgo + aheadMs),
      commands: { 'date +%s.%N': { stdout: `${(Date.now() + aheadMs) / 1000}` } },
    })

  it.each([
    ['is not taken up at first', machine(5000), madeBefore, false],
    ['is not taken up at first by the clock of the host', machine(5000, 50_000), madeBefore, false],
    ['is treated as taken up when it does not create a new pod', machine(31_000), madeBefore, true],
    ['is treated as taken up when its time is in the future', machine(-60_000), madeBefore, true],
    ['is taken up once its pod is there', machine(5000), fakeCri({ pods: [pod(ago(60_000)), pod(ago(0))] }), true],
    ['is treated as taken up when there was no pod before', machine(5000), fakeCri(), true],
  ])('a changed manifest %s', async (_, on, cri, wanted) => {
    expect(await takenUp(on, cri)).toBe(wanted)
  })
})

describe('a changed manifest with a report of the kubelet', () => {
  const manifest = (flag: string, more = '') =>
    `apiVersion: v1\nkind: Pod\nmetadata: {name: etcd, namespace: kube-system}\nspec:\n  containers:\n  - name: etcd\n    image: etcd:1\n    command: [etcd, --x=${flag}]\n    resources: {requests: {cpu: ${more || '100m'}}}\n  volumes: [{name: v, emptyDir: {}}]\n`
  const spec = (flag: string) => ({
    containers: [
      {
        name: 'etcd',
        image: 'etcd:1',
        command: ['etcd', `--x=${flag}`],
        resources: { requests: { cpu: '100m' } },
        imagePullPolicy: 'IfNotPresent',
      },
    ],
    volumes: [{ name: 'v', emptyDir: {} }],
    restartPolicy: 'Always',
  })
  const reported = (flag: string, uid = 'new') => ({ component: 'etcd', uid, spec: spec(flag) })
  const sandbox = (uid: string, createdAt = new Date()) => ({ ...pod(createdAt), uid })
  const long = new Date(Date.now() - 600_000)
  const machine = (text: string, writtenMsAgo = 5000) =>
    fakeHost({
      files: { '/etc/kubernetes/manifests/etcd.yaml': text },
      now: () => new Date(Date.now() - writtenMsAgo),
      commands: { 'date +%s.%N': { stdout: `${Date.now() / 1000}` } },
    })

  it.each<[string, string, readonly KubeletPod[], readonly CriPod[], boolean]>([
    ['is taken up when the kubelet runs it', '1', [reported('1')], [sandbox('new')], true],
    ['is taken up at once when only its wording differs', '1', [reported('1')], [sandbox('new', long)], true],
    ['is not taken up until its pod exists', '1', [reported('1')], [sandbox('old')], false],
    ['is not taken up while the kubelet runs the earlier one', '2', [reported('1')], [sandbox('new')], false],
    ['is not taken up while a copy of it runs', '2', [reported('1', 'copy'), reported('2')], [sandbox('copy')], false],
    ['is judged by age when the report does not contain its pod', '1', [], [sandbox('new')], true],
  ])('a changed manifest with a report of the kubelet %s', async (_, flag, pods, sandboxes, wanted) => {
    expect(await takenUp(machine(manifest(flag)), fakeCri({ pods: sandboxes }), pods)).toBe(wanted)
  })

  it('a changed manifest is judged by age when kadm cannot compare it with the pod', async () => {
    const on = machine(manifest('1', '0.1'), 31_000)
    expect(await takenUp(on, fakeCri({ pods: [sandbox('new', long)] }), [reported('1')])).toBe(true)
  })

  it.each([
    ['and never answered', false, 31_000, true],
    ['and answered before: it may replace kube-apiserver', true, 31_000, false],
    ['and answered before, for long', true, 76_000, true],
  ])(
    'a changed manifest is judged by age while the kubelet cannot be queried %s',
    async (_, hasReported, ageMs, wanted) => {
      const [host, cri] = [machine(manifest('2'), ageMs), fakeCri({ pods: [sandbox('new', long)] })]
      const look = { host, cri, nodeName: 'cp1', components: ['etcd'], report: async () => undefined, hasReported }
      expect(await manifestsApplied(look)).toBe(wanted)
    },
  )

  it('an old manifest is not taken up while the kubelet reports the pod of an earlier one', async () => {
    const on = machine(manifest('2'), 31_000)
    expect(await takenUp(on, fakeCri({ pods: [sandbox('new', long)] }), [reported('1')])).toBe(false)
  })
})

describe('readKubeletPods', () => {
  const item = (name: string, source: string, namespace = 'kube-system') => ({
    metadata: { name, namespace, uid: 'u', annotations: { 'kubernetes.io/config.source': source } },
    spec: {},
  })
  const items = [
    item('etcd-cp1', 'file'),
    item('etcd-cp2', 'file'),
    item('etcd-cp1', 'api'),
    item('etcd-cp1', 'file', 'x'),
  ]
  it.each<[string, number, string, readonly string[] | undefined]>([
    ['lists its static pods', 200, JSON.stringify({ items }), ['u']],
    ['is undefined when kadm is not allowed to read it', 403, '{}', undefined],
    ['is undefined when it is not a pod list', 200, 'ok', undefined],
  ])('the report of the kubelet %s', async (_, status, body, uids) => {
    const found = await readKubeletPods(fakeKube({ probe: () => ({ status, body }) }), 'cp1', ['etcd'])
    expect(found?.map(({ uid }) => uid)).toEqual(uids)
  })
})

describe('staticPodsIdle', () => {
  const since = new Date('2026-03-01T12:00:00Z')
  const exited = {
    id: 'c',
    name: 'etcd',
    pod: 'etcd-cp1',
    namespace: 'kube-system',
    createdAt: before,
    attempt: 3,
    logPath: '/x',
  }
  it.each<[string, Parameters<typeof fakeCri>[0], string[]]>([
    [
      'is idle when its container exited',
      { pods: [pod(before)], containers: [{ ...exited, state: 'exited' }] },
      ['etcd'],
    ],
    ['is idle when it was never created', {}, ['etcd']],
    ['is not idle when this run created it', { pods: [pod(after)] }, []],
    ['is not idle when its container runs', { pods: [pod(before)], containers: [{ ...exited, state: 'running' }] }, []],
    [
      'is not idle when its container is being created',
      { pods: [pod(before)], containers: [{ ...exited, state: 'created' }] },
      [],
    ],
  ])('a static pod %s', async (_, world, idle) => {
    expect(await staticPodsIdle(host, fakeCri(world), 'cp1', { components: ['etcd'], since })).toEqual(idle)
  })

  it('a static pod without a manifest is not idle', async () => {
    expect(await staticPodsIdle(fakeHost(), fakeCri(), 'cp1', { components: ['etcd'], since })).toEqual([])
  })
})
