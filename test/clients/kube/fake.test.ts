import { describe, expect, it } from 'vitest'
import { fakeKube } from '../../../src/clients/kube/fake.ts'
import type { ListQuery } from '../../../src/clients/kube/kube.ts'
import type { KubeObject } from '../../../src/cluster/kube-object.ts'
import { KadmError } from '../../../src/errors/kadm-error.ts'

const node: KubeObject = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'cp1', labels: { 'kubernetes.io/os': 'linux' } },
  spec: { taints: [{ key: 'old', effect: 'NoSchedule' }], podCIDR: '10.0.0.0/24' },
}
const pod = (name: string, labels: Record<string, string>, nodeName = 'cp1'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'kube-system', labels },
  spec: { nodeName },
})

describe('a fake kube-apiserver', () => {
  it('the fake kube-apiserver returns created objects with a UID and a version', async () => {
    const kube = fakeKube()
    const made = await kube.create(node)
    expect(made.metadata).toMatchObject({ uid: 'uid-1', resourceVersion: '1' })
    expect(await kube.get({ apiVersion: 'v1', kind: 'Node', name: 'cp1' })).toEqual(made)
    expect(await kube.get({ apiVersion: 'v1', kind: 'Node', name: 'cp2' })).toBeUndefined()
  })

  it('the fake kube-apiserver refuses to create existing objects and to update stale or absent ones', async () => {
    const kube = fakeKube({ objects: [node] })
    await expect(kube.create(node)).rejects.toMatchObject({ code: 'API_CONFLICT', status: 409 })
    await kube.update({ ...node, metadata: { ...node.metadata, resourceVersion: '1' } })
    const old = kube.update({ ...node, metadata: { ...node.metadata, resourceVersion: '1' } })
    await expect(old).rejects.toMatchObject({ code: 'API_CONFLICT' })
    const absent = kube.update({ ...node, metadata: { name: 'cp2' } })
    await expect(absent).rejects.toMatchObject({ code: 'API_REFUSED', status: 404 })
  })

  it('the fake kube-apiserver merges labels in a patch and replaces taints', async () => {
    const kube = fakeKube({ objects: [node] })
    const patch = { metadata: { labels: { role: '' } }, spec: { taints: [{ key: 'new', effect: 'NoSchedule' }] } }
    const patched = await kube.patch({ apiVersion: 'v1', kind: 'Node', name: 'cp1' }, patch, 'strategic')
    expect(patched.metadata.labels).toEqual({ 'kubernetes.io/os': 'linux', role: '' })
    expect(patched.spec).toEqual({ taints: [{ key: 'new', effect: 'NoSchedule' }], podCIDR: '10.0.0.0/24' })
    const cleared = await kube.patch(
      { apiVersion: 'v1', kind: 'Node', name: 'cp1' },
      { spec: { taints: null } },
      'merge',
    )
    expect(cleared.spec).toEqual({ podCIDR: '10.0.0.0/24' })
  })

  it.each<[Partial<ListQuery>, string[]]>([
    [{}, ['a', 'b', 'c']],
    [{ namespace: 'default' }, []],
    [{ labelSelector: 'app=x' }, ['a']],
    [{ labelSelector: 'app==x,tier' }, []],
    [{ labelSelector: 'app!=x' }, ['b', 'c']],
    [{ labelSelector: 'tier' }, ['b']],
    [{ labelSelector: '!tier' }, ['a', 'c']],
    [{ labelSelector: 'app in (x, y),!tier' }, ['a']],
    [{ labelSelector: 'app notin (x,y)' }, ['c']],
    [{ fieldSelector: 'spec.nodeName=cp2' }, ['c']],
    [{ fieldSelector: 'metadata.name=b,spec.nodeName=cp1' }, ['b']],
  ])('the fake kube-apiserver lists pods of %j', async (query, names) => {
    const objects = [pod('a', { app: 'x' }), pod('b', { app: 'y', tier: '' }), pod('c', {}, 'cp2'), node]
    const found = await fakeKube({ objects }).list({ apiVersion: 'v1', kind: 'Pod', ...query })
    expect(found.map(object => object.metadata.name)).toEqual(names)
  })

  it('the fake kube-apiserver adds the configured defaults', async () => {
    const kube = fakeKube({ defaults: object => ({ ...object, spec: { clusterIP: '10.96.0.10' } }) })
    expect((await kube.create(pod('a', {}))).spec).toEqual({ clusterIP: '10.96.0.10' })
  })

  it('the fake kube-apiserver returns the result of a dry-run write and stores nothing', async () => {
    const kube = fakeKube({ objects: [node], defaults: object => ({ ...object, more: 1 }) })
    const rehearsal = kube.rehearsal()
    expect(await rehearsal.update({ ...node, metadata: { name: 'cp1', resourceVersion: '1' } })).toMatchObject({
      more: 1,
    })
    await expect(rehearsal.create(node)).rejects.toMatchObject({ code: 'API_CONFLICT' })
    expect(kube.objects().map(object => object.metadata.resourceVersion)).toEqual(['1'])
  })

  it('the fake kube-apiserver records its calls and fails where configured', async () => {
    const denied = new KadmError('API_REFUSED', 'no', { status: 403 })
    const kube = fakeKube({ fail: call => (call.verb === 'create' ? denied : undefined) })
    await expect(kube.create(node)).rejects.toBe(denied)
    await kube.probe('/livez')
    expect(kube.calls.map(({ verb, what }) => [verb, what])).toEqual([
      ['create', 'Node cp1'],
      ['probe', '/livez'],
    ])
    expect(kube.objects()).toEqual([])
  })

  it('the fake kube-apiserver answers nothing after it is closed', async () => {
    const kube = fakeKube()
    kube.close()
    await expect(kube.list({ apiVersion: 'v1', kind: 'Pod' })).rejects.toMatchObject({ code: 'API_UNREACHABLE' })
  })
})

describe('server-side apply to a fake kube-apiserver', () => {
  const config = (data: Record<string, string>): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'c', namespace: 'a' },
    data,
  })
  const kadm = { fieldManager: 'kadm' }
  const other = { fieldManager: 'kubectl' }

  it('server-side apply to the fake removes fields that their manager no longer sends', async () => {
    const kube = fakeKube()
    await kube.apply(config({ a: '1', b: '2' }), kadm)
    await kube.apply(config({ c: '3' }), other)
    expect((await kube.apply(config({ a: '2' }), kadm)).data).toEqual({ a: '2', c: '3' })
  })

  it('server-side apply to the fake refuses a field of another manager, unless forced', async () => {
    const kube = fakeKube()
    await kube.apply(config({ a: '1' }), other)
    await expect(kube.apply(config({ a: '2' }), kadm)).rejects.toMatchObject({
      code: 'API_CONFLICT',
      problems: [{ message: '.data.a: conflict with "kubectl"' }],
    })
    expect((await kube.apply(config({ a: '2' }), { ...kadm, force: true })).data).toEqual({ a: '2' })
    await expect(kube.apply(config({ a: '3' }), other)).rejects.toMatchObject({ code: 'API_CONFLICT' })
  })

  it('server-side apply to the fake shares a field that two managers set to the same value', async () => {
    const kube = fakeKube()
    await kube.apply(config({ a: '1', b: '2' }), other)
    await kube.apply(config({ a: '1' }), kadm)
    expect((await kube.apply(config({ b: '2' }), other)).data).toEqual({ a: '1', b: '2' })
  })
})
