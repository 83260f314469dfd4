import { given } from '../../cluster/given.ts'
import type { JsonObject } from '../../cluster/json.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import { secret } from '../../cluster/secret.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { approved } from './approval.ts'
import { describeObject } from './kinds.ts'
import { type Kube, type ListQuery, podRef, refOf, type Writes } from './kube.ts'
import { matches } from './selector.ts'
import { type ObjectStore, objectStore } from './store.ts'

/** A request to a fake. */
export interface KubeCall {
  readonly verb:
    | 'get'
    | 'list'
    | 'watch'
    | 'approve'
    | 'token'
    | 'create'
    | 'update'
    | 'patch'
    | 'apply'
    | 'remove'
    | 'evict'
    | 'probe'
  /** `Node cp1`; the kind for a list, the path for a probe. */
  readonly what: string
  readonly object?: JsonObject
}

export interface FakeKubeOptions {
  readonly server?: string
  readonly objects?: readonly KubeObject[]
  /** Adds what the server adds to a written object, such as `spec.clusterIP`. */
  readonly defaults?: (object: KubeObject) => KubeObject
  /** Returns an error to throw instead of an answer. */
  readonly fail?: (call: KubeCall) => Error | undefined
  /** Returns the token of every service account. */
  readonly token?: () => string
  /** Default: 200 and `ok` for every path. */
  readonly probe?: (path: string) => { readonly status: number; readonly body: string }
}

export interface FakeKube extends Kube {
  /** Every request so far, in order. */
  readonly calls: readonly KubeCall[]
  /** Returns all stored objects. */
  objects(): readonly KubeObject[]
  /** Returns the same server with writes that are not stored. */
  rehearsal(): Writes
}

/** A kube-apiserver in memory, for tests. */
export function fakeKube(options: FakeKubeOptions = {}): FakeKube {
  const { defaults = object => object } = options
  const store = objectStore()
  for (const object of options.objects ?? []) store.create(object)
  const calls: KubeCall[] = []
  let closed = false

  async function asked(verb: KubeCall['verb'], what: string, object?: JsonObject): Promise<void> {
    const call = { verb, what, ...given({ object }) }
    if (closed) throw new KadmError('API_UNREACHABLE', 'the client was closed')
    calls.push(call)
    const error = options.fail?.(call)
    if (error !== undefined) throw error
  }

  const writing = (into: () => ObjectStore): Writes => ({
    evict: pod => asked('evict', describeObject(podRef(pod))).then(() => into().remove(podRef(pod))),
    create: object =>
      asked('create', describeObject(refOf(object)), object).then(() => into().create(defaults(object))),
    update: object =>
      asked('update', describeObject(refOf(object)), object).then(() => into().update(defaults(object))),
    apply: (object, as) =>
      asked('apply', describeObject(refOf(object)), object).then(() => into().apply(defaults(object), as)),
    patch: (ref, patch) => asked('patch', describeObject(ref), patch).then(() => into().patch(ref, patch)),
    approve: (request, why) =>
      asked('approve', describeObject(refOf(request)), { ...why }).then(() =>
        into().update(defaults(approved(request, why, new Date(0)))),
      ),
  })
  const watchers = new Set<(object: KubeObject) => void>()
  const notify = (object: KubeObject) => watchers.forEach(watcher => void watcher(object))

  async function watch<T>(query: ListQuery, see: (object: KubeObject) => T | undefined, timeoutMs: number) {
    for (const object of store.list(query)) {
      const value = see(object)
      if (value !== undefined) return value
    }
    return new Promise<T | undefined>(resolve => {
      const end = (value: T | undefined) => {
        clearTimeout(timer)
        watchers.delete(watcher)
        resolve(value)
      }
      const watcher = (object: KubeObject) => {
        const value = matches(object, query) ? see(object) : undefined
        if (value !== undefined) end(value)
      }
      const timer = setTimeout(end, timeoutMs, undefined)
      watchers.add(watcher)
    })
  }

  return {
    server: options.server ?? 'https://10.0.0.1:6443',
    calls,
    objects: store.all,
    rehearsal: () => writing(() => objectStore(store.all())),
    ...writing(() => noticed(store, notify)),
    get: ref => asked('get', describeObject(ref)).then(() => store.get(ref)),
    list: query => asked('list', query.kind).then(() => store.list(query)),
    watch: (query, see, timeoutMs) => asked('watch', query.kind).then(() => watch(query, see, timeoutMs)),
    serviceAccountToken: ({ namespace, name }) =>
      asked('token', `ServiceAccount ${namespace}/${name}`).then(() => secret(options.token?.() ?? '')),
    remove: ref => asked('remove', describeObject(ref)).then(() => store.remove(ref)),
    probe: path => asked('probe', path).then(() => options.probe?.(path) ?? { status: 200, body: 'ok' }),
    close() {
      closed = true
    },
  }
}

/** Returns the store with a call of `notify` for each object that is written. */
function noticed(store: ObjectStore, notify: (object: KubeObject) => void): ObjectStore {
  const seen =
    <A extends unknown[]>(write: (...args: A) => KubeObject) =>
    (...args: A) => {
      const object = write(...args)
      notify(object)
      return object
    }
  return {
    ...store,
    create: seen(store.create),
    update: seen(store.update),
    patch: seen(store.patch),
    apply: seen(store.apply),
  }
}
