import type { Kube } from '../../clients/kube/kube.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import { readRequestName } from '../../pki/csr.ts'

/** The kubelet's request for its client certificate, as stored in the cluster. */
export interface KubeletCsr {
  readonly name: string
  readonly state: 'pending' | 'approved' | 'issued' | 'denied' | 'failed'
  /** The message of a denial. */
  readonly words: string
  /** The requesting user. Its rights decide the approval. */
  readonly user: string
  readonly groups: readonly string[]
}

export const requestsOfNodes = 'system:certificates.k8s.io:certificatesigningrequests:nodeclient'
const signer = 'kubernetes.io/kube-apiserver-client-kubelet'

interface Condition {
  readonly type: string
  readonly reason?: string
  readonly message?: string
}

/** Returns the newest request of a node. A bootstrap token is allowed to read it. */
export async function readCertificateRequest(kube: Pick<Kube, 'list'>, node: string): Promise<KubeletCsr | undefined> {
  const all = await kube.list({ apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest' })
  const own = all.filter(object => {
    const { signerName, request = '' } = specOf(object)
    return signerName === signer && readRequestName(Buffer.from(request, 'base64').toString()) === `system:node:${node}`
  })
  const age = ({ metadata }: KubeObject) => String(metadata.creationTimestamp ?? '')
  const newest = own.toSorted((a, b) => age(a).localeCompare(age(b))).at(-1)
  return newest === undefined ? undefined : toRequest(newest)
}

function toRequest(object: KubeObject): KubeletCsr {
  const { username = '', groups = [] } = specOf(object)
  const { conditions = [], certificate } = (object.status ?? {}) as {
    readonly conditions?: readonly Condition[]
    readonly certificate?: string
  }
  const of = (type: string) => conditions.find(condition => condition.type === type)
  const refused = of('Denied') ?? of('Failed')
  const words = [refused?.reason, refused?.message].filter(Boolean).join(': ')
  const states = [
    [of('Denied') !== undefined, 'denied'],
    [of('Failed') !== undefined, 'failed'],
    [certificate !== undefined && certificate !== '', 'issued'],
    [of('Approved') !== undefined, 'approved'],
  ] as const
  const state = states.find(([holds]) => holds)?.[1] ?? 'pending'
  return { name: object.metadata.name, state, words, user: username, groups }
}

interface RequestSpec {
  readonly signerName?: string
  readonly request?: string
  readonly username?: string
  readonly groups?: readonly string[]
}

function specOf({ spec }: KubeObject): RequestSpec {
  return (spec ?? {}) as RequestSpec
}
