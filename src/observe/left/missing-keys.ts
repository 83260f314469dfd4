import type { Cluster, Node } from '../../cluster/cluster.ts'
import { keyName } from '../../cluster/session.ts'
import type { HostReader } from '../../host/host.ts'
import { type CertName, certPaths, certSpec, serviceAccountPaths } from '../../pki/cert-table.ts'
import type { KubeconfigName } from '../../pki/kubeconfig-table.ts'

/** A file that needs a private key of its own: a certificate, a kubeconfig, or the key pair of service accounts. */
type KeyFile = CertName | KubeconfigName | 'sa'

interface KeyNeed {
  readonly file: KeyFile
  /** The phase that makes it. */
  readonly phase: string
}

/** The keys of a first control plane: what starts the kubelet, etcd and the API server, then the rest. */
const initNeeds: readonly KeyNeed[] = [
  ...cert('ca', 'etcd-ca'),
  ...kubeconfig('kubelet.conf'),
  ...cert('etcd-server', 'etcd-peer', 'front-proxy-ca', 'apiserver', 'apiserver-kubelet-client', 'front-proxy-client'),
  ...cert('apiserver-etcd-client'),
  { file: 'sa', phase: 'certs/sa' },
  ...kubeconfig('controller-manager.conf', 'scheduler.conf', 'admin.conf', 'super-admin.conf'),
  ...cert('etcd-healthcheck-client'),
]

const prepare = 'control-plane-prepare'

/** The keys of a joining control plane: what brings its etcd into the cluster first. */
const joinNeeds: readonly KeyNeed[] = [
  ...joining(`${prepare}/certs/etcd`, 'etcd-healthcheck-client', 'etcd-server', 'etcd-peer'),
  ...joining(`${prepare}/kubeconfig/admin`, 'admin.conf'),
  ...joining(`${prepare}/certs/apiserver`, 'apiserver', 'apiserver-etcd-client', 'apiserver-kubelet-client'),
  ...joining(`${prepare}/certs/apiserver`, 'front-proxy-client'),
  ...joining(`${prepare}/kubeconfig/components`, 'controller-manager.conf', 'scheduler.conf'),
]

/** Where the keys of a node lie. */
export interface KeyFiles {
  readonly cluster: Cluster
  readonly node: Node
  readonly kubeconfigDir: string
}

/**
 * Names of the keys that the given phases will have to make on a node, in the order in which they are needed: those
 * whose files are not on the machine. Making them is begun while preflight still runs.
 */
export async function missingKeys(
  host: HostReader,
  { cluster, node, kubeconfigDir }: KeyFiles,
  phases: readonly string[],
): Promise<readonly string[]> {
  const needs = [...initNeeds, ...joinNeeds].filter(({ phase }) => phases.includes(phase))
  if (needs.length === 0) return []
  const { certificatesDir } = cluster.config
  const listed = await Promise.all(
    [certificatesDir, `${certificatesDir}/etcd`, kubeconfigDir].map(async dir =>
      (await host.list(dir)).map(name => `${dir}/${name}`),
    ),
  )
  const there = new Set(listed.flat())
  return needs
    .filter(({ file }) => !there.has(pathOf({ cluster, kubeconfigDir }, file)))
    .map(({ file }) => keyName(node, file))
}

function pathOf({ cluster, kubeconfigDir }: Omit<KeyFiles, 'node'>, file: KeyFile): string {
  if (file === 'sa') return serviceAccountPaths(cluster).key
  return isKubeconfig(file) ? `${kubeconfigDir}/${file}` : certPaths(cluster, certSpec(file)).key
}

function isKubeconfig(file: CertName | KubeconfigName): file is KubeconfigName {
  return file.endsWith('.conf')
}

function cert(...names: readonly CertName[]): readonly KeyNeed[] {
  return names.map(file => ({ file, phase: `certs/${file}` }))
}

function kubeconfig(...names: readonly KubeconfigName[]): readonly KeyNeed[] {
  return names.map(file => ({ file, phase: `kubeconfig/${file.replace(/\.conf$/, '')}` }))
}

function joining(phase: string, ...files: readonly KeyFile[]): readonly KeyNeed[] {
  return files.map(file => ({ file, phase }))
}
