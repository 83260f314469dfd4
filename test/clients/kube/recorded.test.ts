import { describe, expect, it } from 'vitest'
import { type FakeKube, fakeKube } from '../../../src/clients/kube/fake.ts'
import { refOf } from '../../../src/clients/kube/kube.ts'
import { emptyOverlay, recordedKube } from '../../../src/clients/kube/recorded.ts'
import type { KubeObject } from '../../../src/cluster/kube-object.ts'
import { KadmError } from '../../../src/errors/kadm-error.ts'

const map = (name: string, data: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'kube-system' },
  data,
})
const query = { apiVersion: 'v1', kind: 'ConfigMap' }

function recorded(cluster: FakeKube, overlay = emptyOverlay()) {
  const absent: string[] = []
  const rehearsal = cluster.rehearsal()
  return { kube: recordedKube(cluster, { overlay, rehearsal, onAbsent: server => absent.push(server) }), absent }
}

describe('a recorded client', () => {
  it('the recorded client stores nothing in the cluster and reads what it would have written', async () => {
    const cluster = fakeKube({ objects: [map('kept', { a: '1' }), map('changed', { a: '1' }), map('gone', {})] })
    const before = cluster.objects()
    const { kube } = recorded(cluster)
    await kube.create(map('new', { a: '1' }))
    await kube.patch(refOf(map('changed', {})), { data: { b: '2' } }, 'strategic')
    expect(await kube.remove(refOf(map('gone', {})))).toBe(true)
    expect((await kube.get(refOf(map('changed', {}))))?.data).toEqual({ a: '1', b: '2' })
    expect(await kube.get(refOf(map('gone', {})))).toBeUndefined()
    const names = (await kube.list(query)).map(object => object.metadata.name)
    expect(names.sort()).toEqual(['changed', 'kept', 'new'])
    expect(cluster.objects()).toEqual(before)
  })

  it('the recorded client tries an apply on the server without storing it', async () => {
    const cluster = fakeKube({ objects: [map('old', { a: '1' })] })
    const { kube } = recorded(cluster)
    const kadm = { fieldManager: 'kadm' }
    await kube.apply(map('old', { b: '2' }), kadm)
    await kube.apply(map('new', { c: '3' }), kadm)
    await kube.apply(map('new', { d: '4' }), kadm)
    expect((await kube.get(refOf(map('old', {}))))?.data).toEqual({ a: '1', b: '2' })
    expect((await kube.get(refOf(map('new', {}))))?.data).toEqual({ d: '4' })
    expect(cluster.objects().map(({ metadata }) => metadata.name)).toEqual(['old'])
    expect(cluster.calls.filter(({ verb }) => verb === 'apply')).toHaveLength(2)
  })

  it('the recorded client refuses an apply that the server refuses', async () => {
    const cluster = fakeKube()
    await cluster.apply(map('a', { a: '1' }), { fieldManager: 'other' })
    const applying = recorded(cluster).kube.apply(map('a', { a: '2' }), { fieldManager: 'kadm' })
    await expect(applying).rejects.toMatchObject({ code: 'API_CONFLICT' })
  })

  it('the recorded client does not wait again for a server that did not answer before', async () => {
    const cluster = fakeKube({ fail: () => new KadmError('API_UNREACHABLE', 'timed out') })
    const rehearsal = cluster.rehearsal()
    const kube = recordedKube(cluster, { overlay: emptyOverlay(), rehearsal, isAbsent: () => true })
    expect(await kube.get(refOf(map('a', {})))).toBeUndefined()
    expect((await kube.create(map('a', { b: '1' }))).data).toEqual({ b: '1' })
    expect((await kube.list(query)).length).toBe(1)
    expect(cluster.calls).toEqual([])
  })

  it('the recorded client applies the rules of the server', async () => {
    const { kube } = recorded(fakeKube({ objects: [map('a', { a: '1' })] }))
    await expect(kube.create(map('a', {}))).rejects.toMatchObject({ code: 'API_CONFLICT' })
    await expect(kube.update(map('b', {}))).rejects.toMatchObject({ status: 404 })
    expect(await kube.remove(refOf(map('b', {})))).toBe(false)
    const read = await kube.get(refOf(map('a', {})))
    await kube.update({ ...(read as KubeObject), data: { a: '2' } })
    await expect(kube.create(map('a', {}))).rejects.toMatchObject({ code: 'API_CONFLICT' })
    await kube.remove(refOf(map('a', {})))
    expect((await kube.create(map('a', { a: '3' }))).data).toEqual({ a: '3' })
  })

  it('the recorded client lets the server complete a write once', async () => {
    const cluster = fakeKube({ defaults: object => ({ ...object, immutable: false }), objects: [map('a', { a: '1' })] })
    const { kube } = recorded(cluster)
    const read = (await kube.get(refOf(map('a', {})))) as KubeObject
    expect(await kube.update({ ...read, data: { a: '2' } })).toMatchObject({ immutable: false })
    const stale = { ...read, metadata: { ...read.metadata, resourceVersion: '0' } }
    expect((await kube.update({ ...stale, data: { a: '3' } })).data).toEqual({ a: '3' })
    expect(cluster.calls.map(call => call.verb)).toEqual(['get', 'update'])
  })

  it('the recorded client returns the error of a write that the server would refuse', async () => {
    const invalid = new KadmError('API_REFUSED', 'no', { status: 422 })
    const { kube } = recorded(fakeKube({ fail: call => (call.verb === 'create' ? invalid : undefined) }))
    await expect(kube.create(map('a', {}))).rejects.toBe(invalid)
  })

  it('the recorded client shows one identity what another would have written', async () => {
    const overlay = emptyOverlay()
    await recorded(fakeKube(), overlay).kube.create(map('a', { a: '1' }))
    expect((await recorded(fakeKube(), overlay).kube.get(refOf(map('a', {}))))?.data).toEqual({ a: '1' })
  })

  it('the recorded client patches an absent object as one that another client creates before', async () => {
    const node = { apiVersion: 'v1', kind: 'Node', name: 'cp1' }
    const { kube } = recorded(fakeKube())
    await kube.patch(node, { metadata: { labels: { role: '' } } }, 'strategic')
    expect((await kube.get(node))?.metadata).toMatchObject({ name: 'cp1', labels: { role: '' } })
  })

  it('the recorded client treats a silent cluster as empty, and reports it', async () => {
    const down = new KadmError('API_UNREACHABLE', 'no')
    const { kube, absent } = recorded(fakeKube({ fail: () => down }))
    expect(await kube.get(refOf(map('a', {})))).toBeUndefined()
    expect(await kube.list(query)).toEqual([])
    await kube.create(map('a', {}))
    expect(await kube.list(query)).toHaveLength(1)
    expect((await kube.probe('/livez')).status).toBe(0)
    expect(new Set(absent)).toEqual(new Set(['https://10.0.0.1:6443']))
  })

  it('the recorded client evicts nothing and shows the pod as gone', async () => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'default' } }
    const cluster = fakeKube({ objects: [pod] })
    const { kube } = recorded(cluster)
    expect(await kube.evict({ namespace: 'default', name: 'web' })).toBe(true)
    expect(await kube.evict({ namespace: 'default', name: 'web' })).toBe(false)
    expect(await kube.list({ apiVersion: 'v1', kind: 'Pod' })).toEqual([])
    expect(cluster.objects()).toHaveLength(1)
  })

  it('the recorded client returns errors of a cluster that must exist and of refused reads', async () => {
    const down = new KadmError('API_UNREACHABLE', 'no')
    const gone = fakeKube({ fail: () => down })
    const kube = recordedKube(gone, { overlay: emptyOverlay(), rehearsal: gone.rehearsal() })
    await expect(kube.get(refOf(map('a', {})))).rejects.toBe(down)
    await expect(kube.probe('/livez')).rejects.toBe(down)
    const denied = new KadmError('API_REFUSED', 'no', { status: 403 })
    await expect(recorded(fakeKube({ fail: () => denied })).kube.list(query)).rejects.toBe(denied)
  })
})
