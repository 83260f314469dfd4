import { describe, expect, it } from 'vitest'
import { fakeCri } from '../../src/clients/cri/fake.ts'
import type { HostReader } from '../../src/host/host.ts'
import { staticPodsHeldBack } from '../../src/observe/held-back.ts'

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
