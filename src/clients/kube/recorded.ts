import type { KubeObject } from '../../cluster/kube-object.ts'
import { isKadmError } from '../../errors/kadm-error.ts'
import { type Kube, keyOf, type ObjectRef, refOf } from './kube.ts'
import { type ObjectStore, objectStore } from './store.ts'

/**
 * For a dry run: reads come from the cluster, overlaid with what would have been written; nothing is written.
 * A cluster that is not there yet holds nothing.
 */
export function recordedKube(cluster: Kube): Kube {
  const overlay = objectStore()
  const removed = new Set<string>()

  async function get(ref: ObjectRef): Promise<KubeObject | undefined> {
    if (removed.has(keyOf(ref))) return undefined
    return overlay.get(ref) ?? (await orAbsent(cluster.get(ref), undefined))
  }

  /** Copies what the cluster has, so that the store's rules hold for it. */
  async function pull(ref: ObjectRef): Promise<ObjectStore> {
    const found = overlay.get(ref) === undefined ? await get(ref) : undefined
    if (found !== undefined) overlay.create(found)
    return overlay
  }

  async function create(object: KubeObject): Promise<KubeObject> {
    const store = await pull(refOf(object))
    const made = store.create(object)
    removed.delete(keyOf(refOf(object)))
    return made
  }

  return {
    server: cluster.server,
    get,
    async list(query) {
      const written = overlay.list(query)
      const hidden = new Set([...removed, ...overlay.all().map(object => keyOf(refOf(object)))])
      const found = await orAbsent(cluster.list(query), [])
      return [...found.filter(object => !hidden.has(keyOf(refOf(object)))), ...written]
    },
    create,
    async update(object) {
      const { resourceVersion: _version, ...metadata } = object.metadata
      return (await pull(refOf(object))).update({ ...object, metadata })
    },
    patch: async (ref, patch) => (await pull(ref)).patch(ref, patch),
    async remove(ref) {
      const found = await get(ref)
      overlay.remove(ref)
      removed.add(keyOf(ref))
      return found !== undefined
    },
    probe: (path, opts) => cluster.probe(path, opts),
    close: () => cluster.close(),
  }
}

async function orAbsent<T>(answer: Promise<T>, absent: T): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (isKadmError(error, 'API_UNREACHABLE')) return absent
    throw error
  }
}
