import { given } from '../../cluster/given.ts'
import type { JsonObject } from '../../cluster/json.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import type { Secret } from '../../cluster/secret.ts'

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

/** The field manager of an apply. */
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

/** Why a certificate signing request is approved, as the cluster shows it. */
export interface Approval {
  readonly reason: string
  readonly message: string
}

/**
 * A kube-apiserver with one identity. Every call throws API_UNREACHABLE if no server answers and API_REFUSED (with
 * `status`) if the answer is a failure that is not listed below. Calls do not retry: see ops/api.
 */
export interface Kube {
  /** URL, such as `https://10.0.0.1:6443`. */
  readonly server: string
  /** undefined on 404. */
  get(ref: ObjectRef): Promise<KubeObject | undefined>
  /** Returns all items of all pages. */
  list(query: ListQuery): Promise<readonly KubeObject[]>
  /** Throws API_CONFLICT if it already exists. */
  create(object: KubeObject): Promise<KubeObject>
  /** PUT. Throws API_CONFLICT if `metadata.resourceVersion` is set and out of date. */
  update(object: KubeObject): Promise<KubeObject>
  patch(ref: ObjectRef, patch: JsonObject, type: 'strategic' | 'merge'): Promise<KubeObject>
  /**
   * Server-side apply: creates the object or sets the given fields, and removes those that the same field manager set
   * before and no longer sets. Throws API_CONFLICT, with the fields as problems, if another field manager set one of
   * them to another value; `force` takes over that field.
   */
  apply(object: KubeObject, as: ApplyAs): Promise<KubeObject>
  /** Returns false if it did not exist. */
  remove(ref: ObjectRef): Promise<boolean>
  /**
   * Calls `see` with each object that exists, then with each that is added or changed, until it returns a value.
   * undefined after `timeoutMs`.
   */
  watch<T>(query: ListQuery, see: (object: KubeObject) => T | undefined, timeoutMs: number): Promise<T | undefined>
  /**
   * Approves a CertificateSigningRequest as it was read. Throws API_CONFLICT if it changed, or another one has its name.
   */
  approve(request: KubeObject, why: Approval): Promise<KubeObject>
  /** Returns a new token of a service account, which is valid for ten minutes. The cluster stores nothing. */
  serviceAccountToken(account: PodRef): Promise<Secret>
  /** Evicts a pod. False if it is gone. Throws API_REFUSED (429) while a disruption budget blocks the eviction. */
  evict(pod: PodRef): Promise<boolean>
  /** GET of a path that is not an object (`/livez`). Any HTTP status is an answer. */
  probe(
    path: string,
    opts?: { readonly timeoutMs?: number },
  ): Promise<{ readonly status: number; readonly body: string }>
  close(): void
}

/** The writes that a server can validate without storing anything. */
export type Writes = Pick<Kube, 'create' | 'update' | 'patch' | 'apply' | 'approve' | 'evict'>

/** Returns the reference of a stored object. */
export function refOf({ apiVersion, kind, metadata: { name, namespace } }: KubeObject): ObjectRef {
  return { apiVersion, kind, name, ...given({ namespace }) }
}

/** Returns the reference of a pod as an object. */
export function podRef({ namespace, name }: PodRef): ObjectRef {
  return { apiVersion: 'v1', kind: 'Pod', namespace, name }
}

export function nodeRef(name: string): ObjectRef {
  return { apiVersion: 'v1', kind: 'Node', name }
}

/** Returns a unique key of an object for maps. */
export function keyOf({ apiVersion, kind, namespace = '', name }: ObjectRef): string {
  return `${apiVersion}/${kind}/${namespace}/${name}`
}

/** Returns an object with only its reference, for an object that another client creates. */
export function bareObject({ apiVersion, kind, name, namespace }: ObjectRef): KubeObject {
  return { apiVersion, kind, metadata: { name, ...given({ namespace }) } }
}
