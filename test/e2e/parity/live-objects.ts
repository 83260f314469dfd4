import { setTimeout as sleep } from 'node:timers/promises'
import type { LabNode } from '../../lab/lab.ts'
import { kubectl } from '../observe.ts'

/** An object as the API server returns it. */
export interface LiveObject {
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly uid: string
    readonly creationTimestamp: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly ownerReferences?: readonly { readonly name: string; readonly uid: string }[]
  }
  readonly data?: Readonly<Record<string, string>>
  readonly type?: string
  readonly spec?: { readonly taints?: readonly { readonly key: string }[] }
  readonly status?: unknown
}

const kinds = [
  ...['nodes', 'clusterroles', 'clusterrolebindings', 'roles', 'rolebindings'],
  ...['configmaps', 'secrets', 'services', 'serviceaccounts', 'deployments', 'daemonsets'],
].join(',')

/** Objects that the control plane creates itself, not a tool. */
const selfMade = [
  /^ConfigMap .*\/kube-root-ca\.crt$/,
  /^ConfigMap kube-system\/(extension-apiserver-authentication|kube-apiserver-legacy-service-account-token-tracking)$/,
  /^ServiceAccount (?!kube-system\/(coredns|kube-proxy)$)/,
]

/** Returns every object of a cluster that the tool has a part in, after the controllers have added to them. */
export async function readObjects(controlPlane: LabNode): Promise<readonly LiveObject[]> {
  const deadline = Date.now() + 90_000
  for (;;) {
    const { items } = JSON.parse(await kubectl(controlPlane, `get ${kinds} -A -o json`)) as { items: LiveObject[] }
    if (isSettled(items)) return items.filter(isMade)
    if (Date.now() > deadline) throw new Error('the controllers have not signed cluster-info or not seen CoreDNS')
    await sleep(500)
  }
}

/** `Kind namespace/name`. */
export function nameOf({ kind, metadata }: LiveObject): string {
  return `${kind} ${metadata.namespace ?? ''}/${metadata.name}`
}

/** True after each signing token has signed cluster-info, and CoreDNS was seen. */
function isSettled(items: readonly LiveObject[]): boolean {
  const info = items.find(item => nameOf(item) === 'ConfigMap kube-public/cluster-info')
  const signers = items.filter(({ kind, data }) => kind === 'Secret' && data?.['usage-bootstrap-signing'] !== undefined)
  const signatures = Object.keys(info?.data ?? {}).filter(key => key.startsWith('jws-kubeconfig-'))
  const dns = items.find(item => nameOf(item) === 'Deployment kube-system/coredns')
  const seen = dns?.metadata.annotations?.['deployment.kubernetes.io/revision'] !== undefined
  return seen && signers.length > 0 && signatures.length === signers.length
}

function isMade(item: LiveObject): boolean {
  const byServer = item.metadata.labels?.['kubernetes.io/bootstrapping'] === 'rbac-defaults'
  return !byServer && !selfMade.some(pattern => pattern.test(nameOf(item)))
}
