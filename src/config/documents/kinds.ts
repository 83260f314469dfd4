import type { Problem } from '../../errors/kadm-error.ts'
import { nearestName } from '../field/nearest-name.ts'
import type { ConfigDocument } from './documents.ts'

const kubeadmVersion = 'kubeadm.k8s.io/v1beta4'

const kubeadmKinds = [
  'InitConfiguration',
  'ClusterConfiguration',
  'JoinConfiguration',
  'ResetConfiguration',
  'UpgradeConfiguration',
]

/** Component configurations and the version of each that kadm reads. */
const componentVersions: Readonly<Record<string, string>> = {
  KubeletConfiguration: 'kubelet.config.k8s.io/v1beta1',
  KubeProxyConfiguration: 'kubeproxy.config.k8s.io/v1alpha1',
}

/** Kinds that kubeadm knows and that no command reads. They are accepted and ignored. */
const unreadKinds: Readonly<Record<string, readonly string[]>> = {
  'kubelet.config.k8s.io/v1beta1': [
    'CredentialProviderConfig',
    'ImagePullIntent',
    'ImagePulledRecord',
    'SerializedNodeConfigSource',
  ],
}

/** True for an API version and kind that are valid in a configuration file. */
function isKnownDocument({ apiVersion, kind }: Pick<ConfigDocument, 'apiVersion' | 'kind'>): boolean {
  const ofKubeadm = apiVersion.startsWith('kubeadm.k8s.io/')
  return ofKubeadm || componentVersions[kind] !== undefined || unreadKinds[apiVersion]?.includes(kind) === true
}

/** Returns documents that are not valid in a configuration file, such as a Pod. */
export function foreignDocuments(documents: readonly ConfigDocument[]): readonly Problem[] {
  return documents.filter(document => !isKnownDocument(document)).map(foreign)
}

function foreign({ apiVersion, kind, file, lineOf }: ConfigDocument): Problem {
  const message = `unknown configuration API: ${apiVersion}, Kind=${kind}`
  return { file, line: lineOf([]), message, remedy: 'remove the document: no command reads it' }
}

/** API versions of a configuration file have a group; `v1` has none. */
function hasGroup(apiVersion: string): boolean {
  return /^[^/]+\/[^/]+$/.test(apiVersion)
}

/** The last kubeadm that could migrate a retired API version. Source: kubeadm util/config/common.go. */
const retired: Readonly<Record<string, string>> = {
  v1alpha1: 'v1.11',
  v1alpha2: 'v1.12',
  v1alpha3: 'v1.14',
  v1beta1: 'v1.15',
  v1beta2: 'v1.22',
  v1beta3: 'v1.36',
}

export interface SelectedDocuments {
  readonly documents: ReadonlyMap<string, ConfigDocument>
  readonly problems: readonly Problem[]
  readonly warnings: readonly string[]
}

/** Selects the kinds that a command reads. Rejects retired versions and duplicate kinds, warns about the rest. */
export function selectDocuments(all: readonly ConfigDocument[], wanted: readonly string[]): SelectedDocuments {
  const documents = new Map<string, ConfigDocument>()
  const seen = new Set<string>()
  const problems: Problem[] = []
  const warnings: string[] = []
  for (const document of all) {
    const { apiVersion, kind } = document
    const alien = wanted.includes('InitConfiguration') ? refuseAlien(apiVersion, kind) : undefined
    const refusal = seen.has(kind) ? twice(kind) : (refuse(apiVersion, kind) ?? alien)
    seen.add(kind)
    if (!hasGroup(apiVersion)) problems.push(foreign(document))
    else if (refusal !== undefined) {
      const field = refusal.field === undefined ? kind : `${kind}.${refusal.field}`
      const line = document.lineOf(refusal.field === undefined ? [] : [refusal.field])
      problems.push({ ...refusal, field, file: document.file, line })
    } else if (wanted.includes(kind) && isKnownDocument(document)) documents.set(kind, document)
    else warnings.push(ignoredDocument(document))
  }
  return { documents, problems, warnings }
}

/** Returns kubeadm's warning about a document that a command does not read. */
export function ignoredDocument({ apiVersion, kind }: Pick<ConfigDocument, 'apiVersion' | 'kind'>): string {
  return `Ignored configuration document with GroupVersionKind ${apiVersion}, Kind=${kind}`
}

type Refusal = Pick<Problem, 'field' | 'message' | 'remedy'>

function twice(kind: string): Refusal {
  return { message: `kind "${kind}" is specified twice in YAML file`, remedy: 'remove one of the documents' }
}

function refuse(apiVersion: string, kind: string): Refusal | undefined {
  const [group, version = ''] = apiVersion.split('/')
  const component = componentVersions[kind]
  if (component !== undefined && component !== apiVersion) {
    const message = `unsupported apiVersion "${apiVersion}", you may have to do manual conversion to "${component}"`
    return { field: 'apiVersion', message, remedy: `convert the document to ${component}` }
  }
  return group === 'kubeadm.k8s.io' ? refuseKubeadm(apiVersion, version, kind) : undefined
}

/** kubeadm uses every document of a component's API group as the configuration of that component. */
function refuseAlien(apiVersion: string, kind: string): Refusal | undefined {
  const isComponent = Object.values(componentVersions).some(known => known.split('/')[0] === apiVersion.split('/')[0])
  if (!isComponent || componentVersions[kind] !== undefined) return undefined
  const message = `kind "${kind}" of ${apiVersion} cannot be in the same file as a cluster configuration`
  return { field: 'kind', message, remedy: 'move it to a separate file' }
}

function refuseKubeadm(apiVersion: string, version: string, kind: string): Refusal | undefined {
  const field = 'apiVersion'
  const old = retired[version]
  if (old !== undefined) {
    const remedy = `convert it with kubeadm ${old}: kubeadm config migrate --old-config old.yaml --new-config new.yaml`
    return { field, message: `the file uses an old API spec: "${apiVersion}" (kind: "${kind}")`, remedy }
  }
  const remedy = `write apiVersion: ${kubeadmVersion}`
  if (version === 'v1') return { field, message: `experimental API spec: "${apiVersion}" is not allowed`, remedy }
  if (apiVersion !== kubeadmVersion) return { field, message: `unknown API version "${apiVersion}"`, remedy }
  if (kubeadmKinds.includes(kind)) return undefined
  const nearest = nearestName(kind, kubeadmKinds)
  return {
    field: 'kind',
    message: `unknown kind "${kind}"`,
    remedy: nearest ? `did you mean "${nearest}"?` : `known kinds: ${kubeadmKinds.join(', ')}`,
  }
}
