import type { Kube } from '../../clients/kube/kube.ts'
import { given } from '../../cluster/given.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import { type KubeletCsr, requestsOfNodes } from './certificate-request.ts'

/** The kube-controller-manager of the cluster, which approves and signs the requests of kubelets. */
export interface Signer {
  /** The pods of kube-controller-manager. */
  readonly pods: readonly SignerPod[]
  /** When its leader last renewed its Lease, as the leader wrote it; absent before the first leader. */
  readonly renewed?: string
  readonly holder?: string
  /** Users and groups whose requests are approved automatically. */
  readonly approved: readonly string[]
}

export interface SignerPod {
  readonly node: string
  /** `CrashLoopBackOff`, `NotReady`; undefined for a running pod. */
  readonly fault?: string
  readonly flags: ReadonlyMap<string, string>
}

/** Throws the errors of the API: an administrator can read all of it, a bootstrap token nothing. */
export async function readSigner(kube: Pick<Kube, 'get' | 'list'>): Promise<Signer> {
  const namespace = 'kube-system'
  const name = 'kube-controller-manager'
  const [pods, lease, bindings] = await Promise.all([
    kube.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector: `component=${name}` }),
    kube.get({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace, name }),
    kube.list({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding' }),
  ])
  const { renewTime, holderIdentity } = (lease?.spec ?? {}) as {
    readonly renewTime?: string
    readonly holderIdentity?: string
  }
  return {
    pods: pods.map(toPod),
    ...given({ renewed: renewTime, holder: holderIdentity }),
    approved: bindings.flatMap(approvedBy),
  }
}

type Asked = Pick<KubeletCsr, 'state' | 'user' | 'groups'>

/** Returns why a request stays pending; undefined if unknown. `silentMs`: time since the leader's last renewal. */
export function judgeSigner(request: Asked, signer: Signer, silentMs: number): SignerVerdict | undefined {
  return (
    judgeLeader(signer, silentMs) ??
    judgeControllers(request, signer) ??
    (request.state === 'approved' ? judgeKey(signer) : judgeRules(request, signer))
  )
}

function judgeLeader({ pods, renewed, holder }: Signer, silentMs: number): SignerVerdict | undefined {
  const limitMs = pods.some(({ fault }) => fault === undefined) ? patienceMs : briefMs
  if (renewed !== undefined && silentMs < limitMs) return undefined
  const faults = pods.flatMap(({ node, fault }) => (fault === undefined ? [] : [`on ${node} it is in ${fault}`]))
  const where = pods.length === 0 ? ['it has no pod in the cluster'] : faults
  const said = silentMs < limitMs ? [] : [`its leader ${holder} has been silent for ${Math.round(silentMs / 1000)} s`]
  const why = `no kube-controller-manager is running: ${[...where, ...said].join('; ')}`
  return { why, hint: startHint, lasts: true }
}

function judgeControllers({ state }: Asked, { pods }: Signer): SignerVerdict | undefined {
  const names = state === 'approved' ? signing : approving
  const [pod] = pods
  if (pod === undefined || pods.some(({ flags }) => runs(flags, names))) return undefined
  const why = `kube-controller-manager runs with --controllers=${pod.flags.get('controllers')}, without ${names[0]}`
  return { why, hint: flagHint, lasts: true }
}

function judgeKey({ pods }: Signer): SignerVerdict | undefined {
  if (pods.length === 0 || pods.some(({ flags }) => hasKey(flags))) return undefined
  const why = 'kube-controller-manager has no key of the CA to sign with (--cluster-signing-key-file)'
  return { why, hint: keyHint, lasts: true }
}

function judgeRules({ user, groups }: Asked, { approved }: Signer): SignerVerdict | undefined {
  if (approved.some(who => who === user || groups.includes(who))) return undefined
  return {
    why: `no ClusterRoleBinding to ${requestsOfNodes} is for ${user} or its groups, so it needs manual approval`,
    hint: 'approve it on a control plane: `kubectl certificate approve NAME`; or write the rules for tokens: `kadm init phase bootstrap-token`',
    lasts: false,
  }
}

export interface SignerVerdict {
  readonly why: string
  readonly hint: string
  /** False if an operator can still fix it, as with requests that are approved manually. */
  readonly lasts: boolean
}

/** A leader renews its Lease every two seconds; another one takes over after fifteen. */
const patienceMs = 15_000
/** The limit if no pod runs that could take over. */
const briefMs = 6000

const startHint =
  'check why it is not running on the control planes: `kubectl -n kube-system get pods -l component=kube-controller-manager`, and the manifest /etc/kubernetes/manifests/kube-controller-manager.yaml'
const flagHint =
  'correct controllerManager.extraArgs in the ClusterConfiguration, and its manifest on the control planes'
const keyHint =
  'a cluster with an external CA does not sign certificates: request kubelet.conf with `kadm certs generate-csr kubelet.conf`, then `kadm certs sign-csr` and `kadm certs import`; otherwise correct the flags in the manifest of kube-controller-manager'

const approving = ['csrapproving', 'certificatesigningrequest-approving-controller']
const signing = ['csrsigning', 'certificatesigningrequest-signing-controller']

/** Parses `--controllers` as kube-controller-manager does: a name, `-` and a name, or `*` for the defaults. */
function runs(flags: ReadonlyMap<string, string>, names: readonly string[]): boolean {
  const listed = (flags.get('controllers') ?? '*').split(',').map(word => word.trim())
  if (names.some(name => listed.includes(name))) return true
  return !names.some(name => listed.includes(`-${name}`)) && listed.includes('*')
}

function hasKey(flags: ReadonlyMap<string, string>): boolean {
  return ['cluster-signing-key-file', 'cluster-signing-kubelet-client-key-file'].some(name => Boolean(flags.get(name)))
}

function toPod({ spec, status }: KubeObject): SignerPod {
  const { nodeName = '', containers = [] } = (spec ?? {}) as {
    readonly nodeName?: string
    readonly containers?: readonly { readonly command?: readonly string[]; readonly args?: readonly string[] }[]
  }
  const { containerStatuses = [] } = (status ?? {}) as {
    readonly containerStatuses?: readonly {
      readonly ready?: boolean
      readonly state?: { waiting?: { reason?: string } }
    }[]
  }
  const [first] = containerStatuses
  const fault = first?.state?.waiting?.reason ?? (first?.ready === false ? 'NotReady' : undefined)
  const words = containers.flatMap(({ command = [], args = [] }) => [...command, ...args])
  const flags = words.flatMap(word => {
    const [, name = '', value = ''] = /^--([^=]+)=(.*)$/s.exec(word) ?? []
    return name === '' ? [] : [[name, value] as const]
  })
  return { node: nodeName, flags: new Map(flags), ...given({ fault }) }
}

/** Returns the users and groups of a binding that approves the requests of kubelets. */
function approvedBy({ roleRef, subjects }: KubeObject): readonly string[] {
  const { name } = (roleRef ?? {}) as { readonly name?: string }
  if (name !== requestsOfNodes) return []
  return ((subjects ?? []) as readonly { readonly name?: string }[]).flatMap(subject => subject.name ?? [])
}
