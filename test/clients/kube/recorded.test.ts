import { describe, expect, it } from 'vitest'
import { fakeKube } from '../../../src/clients/kube/fake.ts'
import { refOf } from '../../../src/clients/kube/kube.ts'
import { recordedKube } from '../../../src/clients/kube/recorded.ts'
import type { KubeObject } from '../../../src/cluster/kube-object.ts'
import { KadmError } from '../../../src/errors/kadm-error.ts'

const map = (name: string, data: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'kube-system' },
  data,
})
const query = { apiVersion: 'v1', kind: 'ConfigMap' }

describe('a recorded client', () => {
  it('writes nothing and reads what it would have written', async () => {
    const cluster = fakeKube({ objects: [map('kept', { a: '1' }), map('changed', { a: '1' }), map('gone', {})] })
    const kube = recordedKube(cluster)
    await kube.create(map('new', { a: '1' }))
    await kube.patch(refOf(map('changed', {})), { data: { b: '2' } }, 'strategic')
    expect(await kube.remove(refOf(map('gone', {})))).toBe(true)
    expect((await kube.get(refOf(map('changed', {}))))?.data).toEqual({ a: '1', b: '2' })
    expect(await kube.get(refOf(map('gone', {})))).toBeUndefined()
    const names = (await kube.list(query)).map(object => object.metadata.name)
    expect(names.sort()).toEqual(['changed', 'kept', 'new'])
    const verbs = new Set(cluster.calls.map(call => call.verb))
    expect([...verbs].sort()).toEqual(['get', 'list'])
  })

  it('keeps the rules of the server', async () => {
    const kube = recordedKube(fakeKube({ objects: [map('a', { a: '1' })] }))
    await expect(kube.create(map('a', {}))).rejects.toMatchObject({ code: 'API_CONFLICT' })
    await expect(kube.update(map('b', {}))).rejects.toMatchObject({ status: 404 })
    expect(await kube.remove(refOf(map('b', {})))).toBe(false)
    const read = await kube.get(refOf(map('a', {})))
    await kube.update({ ...(read as KubeObject), data: { a: '2' } })
    await kube.remove(refOf(map('a', {})))
    expect((await kube.create(map('a', { a: '3' }))).data).toEqual({ a: '3' })
  })

  it('takes a cluster that does not answer for an empty one', async () => {
    const down = new KadmError('API_UNREACHABLE', 'no')
    const kube = recordedKube(fakeKube({ fail: () => down }))
    expect(await kube.get(refOf(map('a', {})))).toBeUndefined()
    expect(await kube.list(query)).toEqual([])
    await kube.create(map('a', {}))
    expect(await kube.list(query)).toHaveLength(1)
    await expect(kube.probe('/livez')).rejects.toBe(down)
  })

  it('passes on that a cluster refuses a read', async () => {
    const denied = new KadmError('API_REFUSED', 'no', { status: 403 })
    await expect(recordedKube(fakeKube({ fail: () => denied })).list(query)).rejects.toBe(denied)
  })
})
