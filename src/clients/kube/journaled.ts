import { isDeepStrictEqual } from 'node:util'
import { stringify } from 'yaml'
import { given } from '../../cluster/given.ts'
import type { Json } from '../../cluster/json.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import { describeObject } from './kinds.ts'
import { bareObject, type Kube, keyOf, type ObjectRef, podRef, refOf } from './kube.ts'

/** A written object, as YAML without what the server manages. Values of a Secret are replaced by their sizes. */
export interface ObjectChange {
  readonly kind: 'object'
  readonly on: 'cluster'
  /** `ConfigMap kube-system/kubeadm-config` */
  readonly what: string
  readonly before?: string
  readonly after?: string
}

/** Records every write that changed an object, except Leases. The previous content is the last read, else a new one. */
export function journaledKube(kube: Kube, record: (change: ObjectChange) => void): Kube {
  const seen = new Map<string, KubeObject>()

  function remember(object: KubeObject): KubeObject {
    seen.set(keyOf(refOf(object)), object)
    return object
  }

  async function before(ref: ObjectRef): Promise<KubeObject | undefined> {
    return seen.get(keyOf(ref)) ?? (await kube.get(ref))
  }

  function noteChange(ref: ObjectRef, old: KubeObject | undefined, now: KubeObject | undefined): void {
    if (ref.kind === 'Lease') return
    if (old !== undefined && now !== undefined && isDeepStrictEqual(written(old), written(now))) return
    record({
      kind: 'object',
      on: 'cluster',
      what: describeObject(ref),
      ...given({ before: old && shown(old), after: now && shown(now, old) }),
    })
  }

  return {
    ...kube,
    async get(ref) {
      const found = await kube.get(ref)
      return found && remember(found)
    },
    async list(query) {
      const found = await kube.list(query)
      found.forEach(remember)
      return found
    },
    async create(object) {
      const made = remember(await kube.create(object))
      // The object as sent, without additions of the server.
      noteChange(refOf(object), undefined, object)
      return made
    },
    async update(object) {
      const old = await before(refOf(object))
      const now = remember(await kube.update(object))
      noteChange(refOf(object), old, now)
      return now
    },
    async patch(ref, patch, type) {
      // A patch does not create an object: in a dry run another client would create the object.
      const old = (await before(ref)) ?? bareObject(ref)
      const now = remember(await kube.patch(ref, patch, type))
      noteChange(ref, old, now)
      return now
    },
    async apply(object, as) {
      const old = await before(refOf(object))
      const now = remember(await kube.apply(object, as))
      // A new object as sent, as for create.
      noteChange(refOf(object), old, old === undefined ? object : now)
      return now
    },
    async remove(ref) {
      const old = await before(ref)
      seen.delete(keyOf(ref))
      const removed = await kube.remove(ref)
      if (removed) noteChange(ref, old, undefined)
      return removed
    },
    async approve(request, why) {
      const now = remember(await kube.approve(request, why))
      const after = stringify({ conditions: [{ type: 'Approved', ...why }] })
      record({ kind: 'object', on: 'cluster', what: describeObject(refOf(request)), before: '', after })
      return now
    },
    async evict(pod) {
      const ref = podRef(pod)
      const old = await before(ref)
      seen.delete(keyOf(ref))
      const evicted = await kube.evict(pod)
      if (evicted) noteChange(ref, old, undefined)
      return evicted
    },
  }
}

const serverFields = ['managedFields', 'resourceVersion', 'uid', 'creationTimestamp', 'generation', 'selfLink']

/** Returns the part of an object that clients write. */
function written({ status: _status, metadata, ...rest }: KubeObject): Record<string, unknown> {
  const kept = Object.entries(metadata).filter(([name]) => !serverFields.includes(name))
  return { ...rest, metadata: Object.fromEntries(kept) }
}

function shown(object: KubeObject, old?: KubeObject): string {
  return stringify(object.kind === 'Secret' ? maskSecret(written(object), old) : written(object))
}

function maskSecret(object: Record<string, unknown>, old: KubeObject | undefined): Record<string, unknown> {
  const { annotations: _annotations, ...metadata } = object.metadata as Record<string, unknown>
  const fields = (['data', 'stringData'] as const).map(field => masked(field, object[field], old?.[field]))
  return Object.assign({}, object, ...fields, { metadata })
}

type Values = Readonly<Record<string, Json>>

/** Equal sizes would hide that a value has changed. */
function masked(field: 'data' | 'stringData', values: unknown, old: unknown): Record<string, unknown> {
  if (values === undefined || values === null) return {}
  const before = (old ?? {}) as Values
  const entries = Object.entries(values as Values).map(([name, value]) => {
    const size = Buffer.byteLength(String(value), field === 'data' ? 'base64' : 'utf8')
    const other = before[name] !== undefined && before[name] !== value
    return [name, `[secret, ${size} bytes${other ? ', another' : ''}]`]
  })
  return { [field]: Object.fromEntries(entries) }
}
