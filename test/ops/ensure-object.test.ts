import { describe, expect, it, vi } from 'vitest'
import { fakeKube } from '../../src/clients/kube/fake.ts'
import type { JsonObject } from '../../src/cluster/json.ts'
import type { KubeObject } from '../../src/cluster/kube-object.ts'
import { KadmError } from '../../src/errors/kadm-error.ts'
import { ensureObject, ensurePresent } from '../../src/ops/ensure-object.ts'

const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: 'c' }

function object(fields: JsonObject, metadata: JsonObject = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'c', namespace: 'kube-system', ...metadata },
    ...fields,
  }
}

interface Case {
  readonly title: string
  readonly found: KubeObject
  readonly wanted: KubeObject
  readonly outcome: 'same' | 'updated'
  readonly stored?: JsonObject
}

const cases: readonly Case[] = [
  {
    title: 'what is equal',
    found: object({ data: { a: '1' } }),
    wanted: object({ data: { a: '1' } }),
    outcome: 'same',
  },
  {
    title: 'what the server adds by itself',
    found: object({ spec: { replicas: 2, strategy: { type: 'Recreate' } } }, { creationTimestamp: 'today' }),
    wanted: object({ spec: { replicas: 2 } }),
    outcome: 'same',
  },
  {
    title: 'empty values that the server drops',
    found: object({ spec: { replicas: 2 } }),
    wanted: object({ spec: { replicas: 2, paused: false, name: '', volumes: [], resources: {}, nothing: null } }),
    outcome: 'same',
  },
  {
    title: 'keys that another client keeps in data',
    found: object({ data: { a: '1', theirs: 'x' } }),
    wanted: object({ data: { a: '1' } }),
    outcome: 'same',
  },
  {
    title: 'a changed value, with the keys of others kept',
    found: object({ data: { a: '1', theirs: 'x' } }),
    wanted: object({ data: { a: '2' } }),
    outcome: 'updated',
    stored: { data: { a: '2', theirs: 'x' } },
  },
  {
    title: 'a missing label, with those of others kept',
    found: object({}, { labels: { theirs: 'x' }, annotations: { note: 'y' } }),
    wanted: object({}, { labels: { app: 'dns' } }),
    outcome: 'updated',
    stored: { metadata: expect.objectContaining({ labels: { theirs: 'x', app: 'dns' }, annotations: { note: 'y' } }) },
  },
  {
    title: 'a rule too many',
    found: object({ rules: [{ verbs: ['get'] }, { verbs: ['*'] }] }),
    wanted: object({ rules: [{ verbs: ['get'] }] }),
    outcome: 'updated',
    stored: { rules: [{ verbs: ['get'] }] },
  },
  {
    title: 'another order of a list',
    found: object({ rules: ['a', 'b'] }),
    wanted: object({ rules: ['b', 'a'] }),
    outcome: 'updated',
    stored: { rules: ['b', 'a'] },
  },
  {
    title: 'a spec that differs',
    found: object({ spec: { replicas: 3, theirs: 1 }, status: { ready: 3 } }),
    wanted: object({ spec: { replicas: 2 } }),
    outcome: 'updated',
    stored: { spec: { replicas: 2 } },
  },
  {
    title: 'a value that became true',
    found: object({ spec: {} }),
    wanted: object({ spec: { paused: true } }),
    outcome: 'updated',
    stored: { spec: { paused: true } },
  },
]

describe('ensureObject', () => {
  it.each(cases)('ensureObject handles $title: $outcome', async ({ found, wanted, outcome, stored }) => {
    const kube = fakeKube({ objects: [found] })
    expect(await ensureObject(kube, wanted)).toBe(outcome)
    expect(kube.calls.map(({ verb }) => verb)).toEqual(outcome === 'same' ? ['get'] : ['get', 'update'])
    if (stored !== undefined) expect(await kube.get(ref)).toMatchObject(stored)
    expect(await ensureObject(kube, wanted)).toBe('same')
  })

  it('ensureObject sends the resource version that it read and omits the status', async () => {
    const kube = fakeKube({ objects: [object({ data: { a: '1' }, status: { x: 1 } })] })
    await ensureObject(kube, object({ data: { a: '2' } }))
    const sent = kube.calls.find(({ verb }) => verb === 'update')?.object
    expect(sent).toMatchObject({ metadata: { resourceVersion: '1' } })
    expect(sent).not.toHaveProperty('status')
  })

  it('ensureObject creates an object that does not exist', async () => {
    const kube = fakeKube()
    expect(await ensureObject(kube, object({ data: { a: '1' } }))).toBe('created')
    expect(await kube.get(ref)).toMatchObject({ data: { a: '1' } })
  })

  it('ensureObject updates an object that another client created between its read and its write', async () => {
    const winner = fakeKube({ objects: [object({ data: { a: '1', theirs: 'x' } })] })
    const get = vi.fn(winner.get).mockResolvedValueOnce(undefined)
    const late = { ...winner, get }
    expect(await ensureObject(late, object({ data: { a: '2' } }))).toBe('updated')
    expect(await winner.get(ref)).toMatchObject({ data: { a: '2', theirs: 'x' } })
  })

  it('ensureObject passes on the reason why a write is forbidden', async () => {
    const kube = fakeKube({ fail: ({ verb }) => (verb === 'create' ? new KadmError('API_REFUSED', 'no') : undefined) })
    await expect(ensureObject(kube, object({}))).rejects.toMatchObject({ code: 'API_REFUSED' })
  })
})

describe('ensurePresent', () => {
  it('ensurePresent keeps an existing object unchanged', async () => {
    const kube = fakeKube({ objects: [object({ data: { a: 'theirs' } })] })
    expect(await ensurePresent(kube, object({ data: { a: 'ours' } }))).toBe('same')
    expect(await kube.get(ref)).toMatchObject({ data: { a: 'theirs' } })
  })

  it('ensurePresent accepts the object that another client created at the same time', async () => {
    const conflict = new KadmError('API_CONFLICT', 'exists')
    const kube = fakeKube({ fail: ({ verb }) => (verb === 'create' ? conflict : undefined) })
    expect(await ensurePresent(kube, object({}))).toBe('same')
  })
})
