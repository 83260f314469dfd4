import { secret } from '../../../src/cluster/secret.ts'
import { openSealed } from '../../../src/pki/certificate-key.ts'
import { verifyJws } from '../../../src/pki/jws.ts'
import { type LiveObject, nameOf } from './live-objects.ts'

export interface ClusterSecrets {
  /** PEM of the cluster's CA. */
  readonly ca: string
  /** Decrypts kubeadm-certs. */
  readonly certificateKey: string
  /** Content of the node's files under the certificates directory, by key in kubeadm-certs. */
  readonly sharedFile: (key: string) => string
}

interface Token {
  readonly id: string
  readonly secret: string
  readonly uid: string
  /** Replaces the ID, which is random. */
  readonly name: string
}

/** Returns the objects of a cluster by kind and name, without random values and fields of the server. */
export function describeObjects(objects: readonly LiveObject[], secrets: ClusterSecrets): Record<string, unknown> {
  const tokens = tokensOf(objects)
  const described = objects.map(object => [nameOf(object), describeObject(object, secrets, tokens)] as const)
  const text = JSON.stringify(Object.fromEntries(described.sort(([a], [b]) => (a < b ? -1 : 1))))
  const named = tokens.reduce(
    (whole, { id, name }) => whole.replaceAll(new RegExp(`(bootstrap-token-|jws-kubeconfig-)${id}`, 'g'), `$1${name}`),
    text,
  )
  return JSON.parse(named) as Record<string, unknown>
}

function describeObject(object: LiveObject, secrets: ClusterSecrets, tokens: readonly Token[]): unknown {
  const {
    uid: _,
    creationTimestamp,
    ...metadata
  } = without(object.metadata, ['resourceVersion', 'managedFields', 'generation'])
  const { status: _status, ...rest } = object
  const kept = { ...rest, metadata }
  const name = nameOf(object)
  if (object.kind === 'Node') return nodeFacts(object)
  if (object.kind === 'Secret') {
    const data = decoded(object)
    if (name === 'Secret kube-system/kubeadm-certs') return certsFacts(kept, data, secrets, tokens)
    return { ...kept, data: tokenFacts(data, creationTimestamp) }
  }
  if (name !== 'ConfigMap kube-public/cluster-info') return kept
  return { ...kept, data: clusterInfoFacts(object.data ?? {}, secrets.ca, tokens) }
}

/** The text byte for byte except the CA; signatures by whether the token made them. */
function clusterInfoFacts(data: Readonly<Record<string, string>>, ca: string, tokens: readonly Token[]) {
  const { kubeconfig = '' } = data
  const facts = Object.entries(data).map(([key, value]) => {
    if (key === 'kubeconfig') return [key, value.replace(Buffer.from(ca).toString('base64'), '<ca.crt>')]
    const token = tokens.find(({ id }) => key === `jws-kubeconfig-${id}`)
    const input = { content: kubeconfig, tokenId: token?.id ?? '', tokenSecret: token?.secret ?? '' }
    return [key, verifyJws({ ...input, signature: value }) ? 'signed with the token' : value]
  })
  return Object.fromEntries(facts)
}

function tokenFacts(data: ReadonlyMap<string, Buffer>, created: string) {
  const facts = [...data].map(([key, bytes]) => {
    const value = bytes.toString()
    if (key === 'token-id' || key === 'token-secret') return [key, /^[a-z0-9]*$/.test(value) ? value.length : value]
    if (key !== 'expiration') return [key, value]
    // kadm counts from its start, kubeadm from the time of the write.
    const tens = Math.round((Date.parse(value) - Date.parse(created)) / 600_000)
    return [key, `${value.replace(/\d/g, '0')}, ${tens * 10} minutes later`]
  })
  return Object.fromEntries(facts)
}

/** Each entry by whether it decrypts to the file of the node, and the owner by whether it is the token of that name. */
function certsFacts(
  { metadata, ...rest }: Pick<LiveObject, 'kind'> & { metadata: Pick<LiveObject['metadata'], 'ownerReferences'> },
  data: ReadonlyMap<string, Buffer>,
  secrets: ClusterSecrets,
  tokens: readonly Token[],
) {
  const key = secret(secrets.certificateKey)
  const entries = [...data].map(([name, sealed]) => {
    return [name, openSealed(key, sealed, name).toString() === secrets.sharedFile(name)]
  })
  const owners = metadata.ownerReferences?.map(owner => ({
    ...owner,
    uid: tokens.some(({ uid }) => uid === owner.uid),
  }))
  return { ...rest, metadata: { ...metadata, ownerReferences: owners }, data: Object.fromEntries(entries) }
}

/** Labels, taints except those of the node lifecycle, and annotations of kubeadm. */
function nodeFacts({ metadata, spec }: LiveObject) {
  const annotations = Object.keys(metadata.annotations ?? {}).filter(key => key.includes('kubeadm'))
  const taints = spec?.taints?.filter(({ key }) => !key.startsWith('node.kubernetes.io/'))
  return { labels: metadata.labels, taints, annotations }
}

/** Tokens in an order that does not depend on their IDs. */
function tokensOf(objects: readonly LiveObject[]): readonly Token[] {
  const found = objects
    .filter(({ type }) => type === 'bootstrap.kubernetes.io/token')
    .map(object => ({ uid: object.metadata.uid, data: decoded(object) }))
    .map(({ uid, data }) => {
      const [id, half, about] = ['token-id', 'token-secret', 'description'].map(key => data.get(key)?.toString() ?? '')
      return { uid, id: id as string, secret: half as string, about: about as string }
    })
    .sort((a, b) => (a.about < b.about ? -1 : 1))
  return found.map((token, i) => ({ ...token, name: `token${i + 1}` }))
}

function decoded({ data = {} }: LiveObject): ReadonlyMap<string, Buffer> {
  return new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64')]))
}

function without<T extends object>(object: T, keys: readonly string[]): T {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key))) as T
}
