import type { KubeObject } from '../../cluster/kube-object.ts'
import { secret } from '../../cluster/secret.ts'
import { isKadmError } from '../../errors/kadm-error.ts'
import { approved } from './approval.ts'
import { bareObject, type Kube, keyOf, type ObjectRef, podRef, refOf, type Writes } from './kube.ts'
import { type ObjectStore, objectStore } from './store.ts'

/** What a dry run would have written to a cluster and removed from it, with any identity. */
export interface Overlay {
  readonly written: ObjectStore
  readonly removed: Set<string>
}

export function emptyOverlay(): Overlay {
  return { written: objectStore(), removed: new Set() }
}

export interface RecordedOptions {
  readonly overlay: Overlay
  /** The same server with writes that are not stored: it rejects, completes and defaults as for a real write. */
  readonly rehearsal: Writes
  /** Called if no server answers: the cluster then counts as absent and empty. Without it that is an error. */
  readonly onAbsent?: (server: string) => void
  /** True for a server that is known not to answer: it is not waited for again. */
  readonly isAbsent?: (server: string) => boolean
}

/** For a dry run: reads come from the cluster, overlaid with what would have been written; nothing is stored there. */
export function recordedKube(cluster: Kube, { overlay, rehearsal, onAbsent, isAbsent }: RecordedOptions): Kube {
  const { written, removed } = overlay

  async function orAbsent<T>(ask: () => Promise<T>, absent: T): Promise<T> {
    if (isAbsent?.(cluster.server) === true) return absent
    try {
      return await ask()
    } catch (error) {
      if (onAbsent === undefined || !isKadmError(error, 'API_UNREACHABLE')) throw error
      onAbsent(cluster.server)
      return absent
    }
  }

  const changedHere = (ref: ObjectRef): boolean => removed.has(keyOf(ref)) || written.get(ref) !== undefined

  async function get(ref: ObjectRef): Promise<KubeObject | undefined> {
    return changedHere(ref) ? written.get(ref) : orAbsent(() => cluster.get(ref), undefined)
  }

  /** The server computes an object that this run has not changed; this run computes the others. */
  async function put(ref: ObjectRef, rehearse: () => Promise<KubeObject>, here: (store: ObjectStore) => KubeObject) {
    if (changedHere(ref)) return here(written)
    const made = await orAbsent<KubeObject | undefined>(rehearse, undefined)
    return made === undefined ? here(written) : written.create(made)
  }

  return {
    server: cluster.server,
    get,
    async list(query) {
      const found = await orAbsent(() => cluster.list(query), [])
      return [...found.filter(object => !changedHere(refOf(object))), ...written.list(query)]
    },
    // In a dry run nothing more happens in the cluster: what exists now is all there is to see.
    async watch(query, see) {
      const found = await orAbsent(() => cluster.list(query), [])
      for (const object of [...found.filter(one => !changedHere(refOf(one))), ...written.list(query)]) {
        const value = see(object)
        if (value !== undefined) return value
      }
      return undefined
    },
    approve: (request, why) =>
      put(
        refOf(request),
        () => rehearsal.approve(request, why),
        store => store.update(approved(request, why, new Date())),
      ),
    create: object =>
      put(
        refOf(object),
        () => rehearsal.create(object),
        store => store.create(object),
      ),
    update(object) {
      const { resourceVersion: _version, ...metadata } = object.metadata
      return put(
        refOf(object),
        () => rehearsal.update(object),
        store => store.update({ ...object, metadata }),
      )
    },
    async patch(ref, patch, type) {
      // A patch assumes that the object exists, such as a Node that a kubelet would have registered.
      if ((await get(ref)) === undefined) written.create(bareObject(ref))
      return put(
        ref,
        () => rehearsal.patch(ref, patch, type),
        store => store.patch(ref, patch),
      )
    },
    apply: (object, as) =>
      put(
        refOf(object),
        () => rehearsal.apply(object, as),
        store => store.apply(object, as),
      ),
    async remove(ref) {
      const found = await get(ref)
      written.remove(ref)
      removed.add(keyOf(ref))
      return found !== undefined
    },
    serviceAccountToken: account => orAbsent(() => cluster.serviceAccountToken(account), secret('')),
    async evict(pod) {
      const found = (await get(podRef(pod))) !== undefined && (await rehearsal.evict(pod))
      removed.add(keyOf(podRef(pod)))
      return found
    },
    probe: (path, opts) => orAbsent(() => cluster.probe(path, opts), { status: 0, body: '' }),
    close: () => cluster.close(),
  }
}
