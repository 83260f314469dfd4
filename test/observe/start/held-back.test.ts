import { describe, expect, it } from 'vitest'
import type { Cri, CriPod } from '../../../src/clients/cri/cri.ts'
import { fakeCri } from '../../../src/clients/cri/fake.ts'
import { fakeKube } from '../../../src/clients/kube/fake.ts'
import { fakeHost } from '../../../src/host/fake.ts'
import type { HostReader } from '../../../src/host/host.ts'
import { manifestsTakenUp, staticPodsHeldBack, staticPodsIdle } from '../../../src/observe/start/held-back.ts'
import { type KubeletPod, readKubeletPods } from '../../../src/observe/start/kubelet-pods.ts'

const written = new Date('2026-03-01T12:00:00Z')
const before = new Date(written.getTime() - 1000)
const after = new Date(written.getTime() + 1000)
const host = { stat: async () => ({ mtime: written }) } as unknown as HostReader

function pod(createdAt: Date, name = 'etcd-cp1', namespace = 'kube-system') {
  return { id: 'x', name, namespace, createdAt, ofKubelet: true }
}

describe('a static pod', () => {
  it.each([
    ['that was never made', [], []],
    ['that was made from its manifest', [pod(after)], []],
    ['that was made from an earlier manifest', [pod(before)], ['etcd']],
    ['whose successor is there', [pod(before), pod(after)], []],
    ['of another name or namespace', [pod(before, 'etcd-cp2'), pod(before, 'etcd-cp1', 'default')], []],
  ])('%s: held back are %s', async (_, pods, wanted) => {
    expect(await staticPodsHeldBack(host, fakeCri({ pods }), 'cp1', ['etcd'])).toEqual(wanted)
  })
})

const components = ['etcd', 'kube-apiserver']
const takenUp = (on: HostReader, cri: Pick<Cri, 'pods'>, reported?: readonly KubeletPod[]) =>
  manifestsTakenUp({ host: on, cri, nodeName: 'cp1', components, report: async () => reported })

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
    ['is waited for at first', machine(5000), madeBefore, false],
    ['is waited for by the clock of the host', machine(5000, 50_000), madeBefore, false],
    ['that brings no new pod says the same as before', machine(31_000), madeBefore, true],
    ['that was written before the clock was set back says nothing', machine(-60_000), madeBefore, true],
    ['is taken up once its pod is there', machine(5000), fakeCri({ pods: [pod(ago(60_000)), pod(ago(0))] }), true],
    ['is nothing to wait for where no pod was before', machine(5000), fakeCri(), true],
  ])('%s', async (_, on, cri, wanted) => {
    expect(await takenUp(on, cri)).toBe(wanted)
  })
})

describe('a changed manifest of which the kubelet reports what it runs', () => {
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
    ['that says the same in other words is taken up at once', '1', [reported('1')], [sandbox('new', long)], true],
    ['is waited for while its pod is still to come', '1', [reported('1')], [sandbox('old')], false],
    ['is waited for while the kubelet has the earlier one', '2', [reported('1')], [sandbox('new')], false],
    ['is waited for while a copy of it runs', '2', [reported('1', 'copy'), reported('2')], [sandbox('copy')], false],
    ['is judged by age where the kubelet reports no such pod', '1', [], [sandbox('new')], true],
  ])('%s', async (_, flag, pods, sandboxes, wanted) => {
    expect(await takenUp(machine(manifest(flag)), fakeCri({ pods: sandboxes }), pods)).toBe(wanted)
  })

  it('is judged by age where the two cannot be compared', async () => {
    const on = machine(manifest('1', '0.1'), 31_000)
    expect(await takenUp(on, fakeCri({ pods: [sandbox('new', long)] }), [reported('1')])).toBe(true)
  })

  it('never is the earlier one, however long ago it was written', async () => {
    const on = machine(manifest('2'), 31_000)
    expect(await takenUp(on, fakeCri({ pods: [sandbox('new', long)] }), [reported('1')])).toBe(false)
  })
})

describe('the report of a kubelet', () => {
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
    ['names its static pods', 200, JSON.stringify({ items }), ['u']],
    ['is none where kadm may not ask', 403, '{}', undefined],
    ['is none when it is something else', 200, 'ok', undefined],
  ])('%s', async (_, status, body, uids) => {
    const found = await readKubeletPods(fakeKube({ probe: () => ({ status, body }) }), 'cp1', ['etcd'])
    expect(found?.map(({ uid }) => uid)).toEqual(uids)
  })
})

describe('a static pod of which nothing runs', () => {
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
    ['is idle', { pods: [pod(before)], containers: [{ ...exited, state: 'exited' }] }, ['etcd']],
    ['is idle where it was never made', {}, ['etcd']],
    ['is not when it was made in this run', { pods: [pod(after)] }, []],
    ['is not when it runs', { pods: [pod(before)], containers: [{ ...exited, state: 'running' }] }, []],
    ['is not when it is being made', { pods: [pod(before)], containers: [{ ...exited, state: 'created' }] }, []],
  ])('%s', async (_, world, idle) => {
    expect(await staticPodsIdle(host, fakeCri(world), 'cp1', { components: ['etcd'], since })).toEqual(idle)
  })

  it('is not without a manifest', async () => {
    expect(await staticPodsIdle(fakeHost(), fakeCri(), 'cp1', { components: ['etcd'], since })).toEqual([])
  })
})
