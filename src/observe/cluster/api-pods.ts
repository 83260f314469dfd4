import type { Kube } from '../../clients/kube/kube.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'

/** A pod that uses the API, and started before its namespace published the CAs that are trusted now. */
export interface StalePod {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  /** The UID of its controller, which replaces it; absent for a pod that nothing replaces. */
  readonly controller?: string
}

interface Owner {
  readonly kind: string
  readonly uid: string
  readonly controller?: boolean
}

interface PodSpec {
  readonly serviceAccountName?: string
  readonly volumes?: readonly Volume[]
}

interface Volume {
  readonly hostPath?: { readonly path?: string }
  readonly projected?: { readonly sources?: readonly Readonly<Record<string, unknown>>[] }
}

interface Subject {
  readonly kind: string
  readonly name: string
  readonly namespace?: string
}

/**
 * Lists the running pods that have to start again to trust the CAs of now: pods with a token of a service account that
 * has rights of its own, and pods with the certificates directory of their node as a volume. Other pods have a token too,
 * but no right to use it for.
 */
export async function readStalePods(kube: Kube, certificatesDir: string): Promise<readonly StalePod[]> {
  const [pods, maps, users] = await Promise.all([
    kube.list({ apiVersion: 'v1', kind: 'Pod' }),
    kube.list({ apiVersion: 'v1', kind: 'ConfigMap', fieldSelector: 'metadata.name=kube-root-ca.crt' }),
    readBoundAccounts(kube),
  ])
  const changed = new Map(maps.map(map => [map.metadata.namespace, changedAt(map)]))
  return pods.flatMap(pod => {
    const { namespace = '', name, uid = '', annotations = {} } = pod.metadata
    const { phase, startTime } = (pod.status ?? {}) as { readonly phase?: string; readonly startTime?: string }
    const ends = pod.metadata.deletionTimestamp !== undefined || phase === 'Succeeded' || phase === 'Failed'
    if (ends || annotations['kubernetes.io/config.mirror'] !== undefined) return []
    if (startTime !== undefined && Date.parse(startTime) > (changed.get(namespace) ?? 0)) return []
    if (!usesApi(pod, users) && !readsCas(pod, certificatesDir)) return []
    const owners = (pod.metadata.ownerReferences ?? []) as unknown as readonly Owner[]
    const controller = owners.find(owner => owner.controller === true)
    return [{ namespace, name, uid, ...(controller === undefined ? {} : { controller: controller.uid }) }]
  })
}

/** When a field was last set, as the API server records it in whole seconds. */
function changedAt({ metadata: { managedFields } }: KubeObject): number {
  const entries = (managedFields ?? []) as unknown as readonly { readonly time?: string }[]
  return Math.max(0, ...entries.map(({ time }) => (time === undefined ? 0 : Date.parse(time))))
}

function usesApi(pod: KubeObject, users: ReadonlySet<string>): boolean {
  const { serviceAccountName = 'default', volumes = [] } = (pod.spec ?? {}) as unknown as PodSpec
  const hasToken = volumes.some(({ projected }) => projected?.sources?.some(source => 'serviceAccountToken' in source))
  const { namespace = '' } = pod.metadata
  return hasToken && (users.has(`${namespace}/${serviceAccountName}`) || users.has(`${namespace}/*`) || users.has('*'))
}

function readsCas(pod: KubeObject, certificatesDir: string): boolean {
  const { volumes = [] } = (pod.spec ?? {}) as unknown as PodSpec
  return volumes.some(({ hostPath }) => `${hostPath?.path ?? ''}/`.startsWith(`${certificatesDir}/`))
}

/** Returns `namespace/name` of service accounts with rights; `namespace/*` or `*` if all of them have rights. */
async function readBoundAccounts(kube: Kube): Promise<ReadonlySet<string>> {
  const rbac = 'rbac.authorization.k8s.io/v1'
  const bindings = await Promise.all([
    kube.list({ apiVersion: rbac, kind: 'ClusterRoleBinding' }),
    kube.list({ apiVersion: rbac, kind: 'RoleBinding' }),
  ])
  return new Set(bindings.flat().flatMap(accountsOf))
}

function accountsOf(binding: KubeObject): readonly string[] {
  const subjects = (binding.subjects ?? []) as unknown as readonly Subject[]
  const { name: role = '' } = (binding.roleRef ?? {}) as { readonly name?: string }
  return subjects.flatMap(({ kind, name, namespace = binding.metadata.namespace ?? '' }) => {
    if (kind === 'ServiceAccount') return [`${namespace}/${name}`]
    const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name)
    if (kind === 'User' && account !== null) return [`${account[1]}/${account[2]}`]
    // Every service account may discover the API and its issuer.
    if (kind !== 'Group' || role.startsWith('system:')) return []
    if (name === 'system:serviceaccounts' || name === 'system:authenticated') return ['*']
    const group = /^system:serviceaccounts:(.+)$/.exec(name)
    return group === null ? [] : [`${group[1]}/*`]
  })
}
