import { describe, expect, it } from 'vitest'
import { fakeCri } from '../../src/clients/cri/fake.ts'
import { fakeHost } from '../../src/host/fake.ts'
import type { HostReader } from '../../src/host/host.ts'
import { manifestsTakenUp, staticPodsHeldBack } from '../../src/observe/held-back.ts'

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
    ['is waited for by the clock of the machine', machine(5000, 50_000), madeBefore, false],
    ['that brings no new pod says the same as before', machine(31_000), madeBefore, true],
    ['that was written before the clock was set back says nothing', machine(-60_000), madeBefore, true],
    ['is taken up once its pod is there', machine(5000), fakeCri({ pods: [pod(ago(60_000)), pod(ago(0))] }), true],
    ['is nothing to wait for where no pod was before', machine(5000), fakeCri(), true],
  ])('%s', async (_, on, cri, wanted) => {
    expect(await manifestsTakenUp(on, cri, 'cp1', ['etcd', 'kube-apiserver'])).toBe(wanted)
  })
})
