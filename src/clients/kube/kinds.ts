import { KadmError } from '../../errors/kadm-error.ts'
import type { ListQuery, ObjectRef } from './kube.ts'
import type { Page } from './pages.ts'

export interface Kind {
  readonly apiVersion: string
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
}

/** Kinds that kadm always uses. Any other kind needs a request to find its path: see discovery.ts. */
const kinds: readonly Kind[] = [
  { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true },
  { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false },
  { apiVersion: 'v1', kind: 'Node', plural: 'nodes', namespaced: false },
  { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespaced: true },
  { apiVersion: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true },
  { apiVersion: 'v1', kind: 'Service', plural: 'services', namespaced: true },
  { apiVersion: 'v1', kind: 'ServiceAccount', plural: 'serviceaccounts', namespaced: true },
  { apiVersion: 'apps/v1', kind: 'DaemonSet', plural: 'daemonsets', namespaced: true },
  { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments', namespaced: true },
  { apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs', namespaced: true },
  {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    plural: 'certificatesigningrequests',
    namespaced: false,
  },
  { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', plural: 'leases', namespaced: true },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', plural: 'clusterroles', namespaced: false },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    plural: 'clusterrolebindings',
    namespaced: false,
  },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', plural: 'roles', namespaced: true },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', plural: 'rolebindings', namespaced: true },
]

/** Returns the REST path of one object. Throws INTERNAL for a missing namespace. */
export function objectPath(ref: ObjectRef, kind: Kind): string {
  return `${collectionPath(ref, kind)}/${encodeURIComponent(ref.name)}`
}

/** Returns the REST path where objects of this kind and namespace are created. */
export function collectionPath(ref: Omit<ObjectRef, 'name'>, kind: Kind): string {
  if (kind.namespaced && ref.namespace === undefined) {
    throw new KadmError('INTERNAL', `${ref.kind} is namespaced and no namespace was given`)
  }
  return pathOf(kind, ref.namespace)
}

/** Returns the REST path of a list, or a page of it, with its selectors; without a namespace, of all namespaces. */
export function listPath(query: ListQuery, kind: Kind, page?: Page): string {
  const selectors = new URLSearchParams()
  if (query.labelSelector !== undefined) selectors.set('labelSelector', query.labelSelector)
  if (query.fieldSelector !== undefined) selectors.set('fieldSelector', query.fieldSelector)
  if (page !== undefined) selectors.set('limit', String(page.limit))
  if (page?.continue !== undefined) selectors.set('continue', page.continue)
  const path = pathOf(kind, query.namespace)
  return selectors.size === 0 ? path : `${path}?${selectors}`
}

/** Formats an object for display: `ConfigMap kube-system/kubeadm-config`, `Node cp1`. */
export function describeObject(ref: ObjectRef): string {
  return `${ref.kind} ${ref.namespace === undefined ? '' : `${ref.namespace}/`}${ref.name}`
}

/** Returns the REST path of a group and version: `/api/v1`, `/apis/apps/v1`. */
export function groupPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
}

function pathOf(kind: Kind, namespace: string | undefined): string {
  const scope = kind.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  return `${groupPath(kind.apiVersion)}${scope}/${kind.plural}`
}

/** Returns the kind if it is in the table. */
export function findKind({ apiVersion, kind }: Pick<Kind, 'apiVersion' | 'kind'>): Kind | undefined {
  return kinds.find(k => k.kind === kind && k.apiVersion === apiVersion)
}
