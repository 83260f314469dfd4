import { given } from '../../cluster/given.ts'
import type { JsonObject } from '../../cluster/json.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'

export interface ObjectRef {
  /** `v1`, `rbac.authorization.k8s.io/v1` */
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly namespace?: string
}

export interface PodRef {
  readonly namespace: string
  readonly name: string
}

/** Who owns the fields of an apply. */
export interface ApplyAs {
  readonly fieldManager: string
  readonly force?: boolean
}

export interface ListQuery {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

/**
 * A kube-apiserver under one identity. Every call throws API_UNREACHABLE when nothing answers and API_REFUSED
 * (with `status`) when the answer is a failure not named below. Calls do not retry: see ops/retry.
 */
export interface Kube {
  /** URL, such as `https://10.0.0.1:6443`. */
  readonly server: string
  /** undefined on 404. */
  get(ref: ObjectRef): Promise<KubeObject | undefined>
  /** All of them, however many pages the server gives them in. */
  list(query: ListQuery): Promise<readonly KubeObject[]>
  /** Throws API_CONFLICT when it exists already. */
  create(object: KubeObject): Promise<KubeObject>
  /** PUT; throws API_CONFLICT when `metadata.resourceVersion` is given and old. */
  update(object: KubeObject): Promise<KubeObject>
  patch(ref: ObjectRef, patch: JsonObject, type: 'strategic' | 'merge'): Promise<KubeObject>
  /**
   * Server-side apply: creates the object or sets the fields that are given, and removes those that the same field manager
   * gave before and gives no longer. Throws API_CONFLICT, with the fields as problems, when another field manager set one
   * of them to another value; with `force` that field is taken over.
   */
  apply(object: KubeObject, as: ApplyAs): Promise<KubeObject>
  /** False when it was not there. */
  remove(ref: ObjectRef): Promise<boolean>
  /** Asks that a Pod be ended. False when it is gone. Throws API_REFUSED (429) while a disruption budget holds it. */
  evict(pod: PodRef): Promise<boolean>
  /** GET of a path that is not an object (`/livez`): any HTTP status is an answer. */
  probe(
    path: string,
    opts?: { readonly timeoutMs?: number },
  ): Promise<{ readonly status: number; readonly body: string }>
  close(): void
}

/** The writes that a server can try without keeping anything. */
export type Writes = Pick<Kube, 'create' | 'update' | 'patch' | 'apply' | 'evict'>

/** The reference under which an object is stored. */
export function refOf({ apiVersion, kind, metadata: { name, namespace } }: KubeObject): ObjectRef {
  return { apiVersion, kind, name, ...given({ namespace }) }
}

/** The Pod as an object among others. */
export function podRef({ namespace, name }: PodRef): ObjectRef {
  return { apiVersion: 'v1', kind: 'Pod', namespace, name }
}

export function nodeRef(name: string): ObjectRef {
  return { apiVersion: 'v1', kind: 'Node', name }
}

/** One text per object, to find it by in a map. */
export function keyOf({ apiVersion, kind, namespace = '', name }: ObjectRef): string {
  return `${apiVersion}/${kind}/${namespace}/${name}`
}

/** All that is known of an object that another client creates. */
export function bareObject({ apiVersion, kind, name, namespace }: ObjectRef): KubeObject {
  return { apiVersion, kind, metadata: { name, ...given({ namespace }) } }
}
