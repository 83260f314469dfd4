import { isDeepStrictEqual } from 'node:util'
import { stringify } from 'yaml'
import type { Json } from '../../cluster/json.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import { describeObject } from './kinds.ts'
import { type Kube, keyOf, type ObjectRef, refOf } from './kube.ts'

/** One object that was written, as YAML without what the server manages; values of Secrets are masked. */
export interface ObjectChange {
  readonly kind: 'object'
  readonly on: 'cluster'
  /** `ConfigMap kube-system/kubeadm-config` */
  readonly what: string
  readonly before?: string
  readonly after?: string
}

/** Tells every write that changed something. What was there before is taken from the last read, else read. */
export function journaledKube(kube: Kube, record: (change: ObjectChange) => void): Kube {
  const seen = new Map<string, KubeObject>()

  function remember(object: KubeObject): KubeObject {
    seen.set(keyOf(refOf(object)), object)
    return object
  }

  async function before(ref: ObjectRef): Promise<KubeObject | undefined> {
    return seen.get(keyOf(ref)) ?? (await kube.get(ref))
  }

  function tell(ref: ObjectRef, old: KubeObject | undefined, now: KubeObject | undefined): void {
    if (old !== undefined && now !== undefined && isDeepStrictEqual(written(old), written(now))) return
    record({
      kind: 'object',
      on: 'cluster',
      what: describeObject(ref),
      ...(old === undefined ? {} : { before: shown(old) }),
      ...(now === undefined ? {} : { after: shown(now) }),
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
      tell(refOf(object), undefined, made)
      return made
    },
    async update(object) {
      const old = await before(refOf(object))
      const now = remember(await kube.update(object))
      tell(refOf(object), old, now)
      return now
    },
    async patch(ref, patch, type) {
      const old = await before(ref)
      const now = remember(await kube.patch(ref, patch, type))
      tell(ref, old, now)
      return now
    },
    async remove(ref) {
      const old = await before(ref)
      seen.delete(keyOf(ref))
      const removed = await kube.remove(ref)
      if (removed) tell(ref, old, undefined)
      return removed
    },
  }
}

const serverFields = ['managedFields', 'resourceVersion', 'uid', 'creationTimestamp', 'generation', 'selfLink']

/** The part of an object that people write. */
function written({ status: _status, metadata, ...rest }: KubeObject): Record<string, unknown> {
  const kept = Object.entries(metadata).filter(([name]) => !serverFields.includes(name))
  return { ...rest, metadata: Object.fromEntries(kept) }
}

function shown(object: KubeObject): string {
  return stringify(object.kind === 'Secret' ? maskSecret(written(object)) : written(object))
}

function maskSecret(object: Record<string, unknown>): Record<string, unknown> {
  const { annotations: _annotations, ...metadata } = object.metadata as Record<string, unknown>
  return { ...object, ...masked(object, 'data'), ...masked(object, 'stringData'), metadata }
}

function masked(object: Record<string, unknown>, field: string): Record<string, unknown> {
  const values = object[field] as Readonly<Record<string, Json>> | undefined
  if (values === undefined || values === null) return {}
  return { [field]: Object.fromEntries(Object.keys(values).map(name => [name, '[redacted]'])) }
}
