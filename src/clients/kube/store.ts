import type { JsonObject } from '../../cluster/json.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import { mergePatch } from '../../cluster/merge-patch.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { applied } from './field-owners.ts'
import { describeObject } from './kinds.ts'
import { type ApplyAs, keyOf, type ListQuery, type ObjectRef, refOf } from './kube.ts'
import { matches } from './selector.ts'

/** Objects in memory with the server's rules for names and versions, without its defaults and validation. */
export interface ObjectStore {
  all(): readonly KubeObject[]
  get(ref: ObjectRef): KubeObject | undefined
  list(query: ListQuery): readonly KubeObject[]
  /** Throws API_CONFLICT if it exists. */
  create(object: KubeObject): KubeObject
  /** Throws API_REFUSED (404) if it does not exist, API_CONFLICT if its version is out of date. */
  update(object: KubeObject): KubeObject
  patch(ref: ObjectRef, patch: JsonObject): KubeObject
  /** Server-side apply. Throws API_CONFLICT for fields of other field managers. */
  apply(object: KubeObject, as: ApplyAs): KubeObject
  remove(ref: ObjectRef): boolean
}

/** Creates a store with the objects of another one. */
export function objectStore(held: readonly KubeObject[] = []): ObjectStore {
  const objects = new Map(held.map(object => [keyOf(refOf(object)), object]))
  let version = Math.max(0, ...held.map(object => Number(object.metadata.resourceVersion)))

  function put(object: KubeObject, uid: string | undefined): KubeObject {
    version += 1
    const metadata = { ...object.metadata, uid: uid ?? `uid-${version}`, resourceVersion: String(version) }
    const stored = structuredClone({ ...object, metadata })
    objects.set(keyOf(refOf(object)), stored)
    return structuredClone(stored)
  }

  function existing(ref: ObjectRef): KubeObject {
    const found = objects.get(keyOf(ref))
    if (found !== undefined) return found
    throw new KadmError('API_REFUSED', `${describeObject(ref)} not found`, { status: 404 })
  }

  return {
    all: () => [...objects.values()].map(object => structuredClone(object)),
    get: ref => structuredClone(objects.get(keyOf(ref))),
    list: query => [...objects.values()].filter(object => matches(object, query)).map(o => structuredClone(o)),
    create(object) {
      if (!objects.has(keyOf(refOf(object)))) return put(object, object.metadata.uid)
      throw new KadmError('API_CONFLICT', `${describeObject(refOf(object))} already exists`, { status: 409 })
    },
    update(object) {
      const { uid, resourceVersion } = existing(refOf(object)).metadata
      const given = object.metadata.resourceVersion
      if (given === undefined || given === resourceVersion) return put(object, uid)
      throw new KadmError('API_CONFLICT', `${describeObject(refOf(object))} was modified concurrently`, { status: 409 })
    },
    patch(ref, patch) {
      const old = existing(ref)
      // A strategic patch has the same effect on maps and on atomic lists such as the taints of a Node.
      return put(mergePatch(old, patch) as KubeObject, old.metadata.uid)
    },
    apply(object, as) {
      const old = objects.get(keyOf(refOf(object)))
      return put(applied(old, object, as), old?.metadata.uid)
    },
    remove: ref => objects.delete(keyOf(ref)),
  }
}
