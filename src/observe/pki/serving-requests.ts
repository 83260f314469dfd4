import type { Kube } from '../../clients/kube/kube.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import type { StoredRequest } from '../../pki/judge-serving-request.ts'

export const requestKind = { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest' } as const

/** A CertificateSigningRequest in the cluster. */
export interface ClusterRequest extends StoredRequest {
  readonly name: string
  readonly state: 'pending' | 'approved' | 'issued' | 'denied' | 'failed'
  readonly createdAt: Date
  /** PEM; present once it is issued. */
  readonly certificate?: string
  /** As it was read, to approve exactly this one. */
  readonly object: KubeObject
}

/** Returns all requests, the oldest first. */
export async function listRequests(kube: Pick<Kube, 'list'>): Promise<readonly ClusterRequest[]> {
  const all = (await kube.list(requestKind)).map(toClusterRequest)
  return all.toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || (a.name < b.name ? -1 : 1))
}

interface Spec {
  readonly signerName?: string
  readonly username?: string
  readonly groups?: readonly string[]
  readonly usages?: readonly string[]
  readonly request?: string
}

interface Status {
  readonly conditions?: readonly { readonly type: string }[]
  readonly certificate?: string
}

export function toClusterRequest(object: KubeObject): ClusterRequest {
  const { signerName = '', username = '', groups = [], usages = [], request = '' } = (object.spec ?? {}) as Spec
  const { certificate = '' } = (object.status ?? {}) as Status
  return {
    name: object.metadata.name,
    state: stateOf((object.status ?? {}) as Status),
    createdAt: new Date(String(object.metadata.creationTimestamp ?? 0)),
    ...{ signer: signerName, user: username, groups, usages, object },
    request: Buffer.from(request, 'base64').toString(),
    ...(certificate === '' ? {} : { certificate: Buffer.from(certificate, 'base64').toString() }),
  }
}

function stateOf({ conditions = [], certificate = '' }: Status): ClusterRequest['state'] {
  const has = (type: string) => conditions.some(condition => condition.type === type)
  if (has('Denied')) return 'denied'
  if (has('Failed')) return 'failed'
  if (certificate !== '') return 'issued'
  return has('Approved') ? 'approved' : 'pending'
}
