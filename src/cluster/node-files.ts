import type { Cluster } from './cluster.ts'
import { type StaticPodComponent, staticPodComponents } from './components.ts'
import { paths } from './paths.ts'
import type { BaseRequest } from './request.ts'
import type { ClusterConfiguration } from './spec.ts'

export type CaName = 'ca' | 'front-proxy-ca' | 'etcd-ca'
export type LeafName =
  | 'apiserver'
  | 'apiserver-kubelet-client'
  | 'front-proxy-client'
  | 'etcd-server'
  | 'etcd-peer'
  | 'etcd-healthcheck-client'
  | 'apiserver-etcd-client'

export type CertName = CaName | LeafName

export type KubeconfigName =
  | 'admin.conf'
  | 'super-admin.conf'
  | 'kubelet.conf'
  | 'controller-manager.conf'
  | 'scheduler.conf'

/** What a node keeps a private key for: a certificate, a kubeconfig, or service account tokens. */
export type KeyFile = CertName | KubeconfigName | 'sa'

/** A file that kadm writes on a node. */
export interface NodeFile {
  readonly path: string
  /** Permission bits. */
  readonly mode: number
  /** True if it holds a private key or a token, so that only root may read it. */
  readonly secret: boolean
  /** The IDs of the phases that write it. */
  readonly phases: readonly string[]
  /** A reset does not remove it: it belongs to the operator, and kadm copies it between control planes. */
  readonly stays?: true
}

interface PairRow {
  /** Path under certificatesDir without `.crt` and `.key`. */
  readonly base: string
  /** The part of control-plane-prepare that writes it on a joining control plane. */
  readonly join: string
}

/** The paths of certificates and their keys. */
export const certificatePairs: Readonly<Record<CertName, PairRow>> = {
  ca: { base: 'ca', join: 'download-certs' },
  apiserver: { base: 'apiserver', join: 'certs/apiserver' },
  'apiserver-kubelet-client': { base: 'apiserver-kubelet-client', join: 'certs/apiserver' },
  'front-proxy-ca': { base: 'front-proxy-ca', join: 'download-certs' },
  'front-proxy-client': { base: 'front-proxy-client', join: 'certs/apiserver' },
  'etcd-ca': { base: 'etcd/ca', join: 'download-certs' },
  'etcd-server': { base: 'etcd/server', join: 'certs/etcd' },
  'etcd-peer': { base: 'etcd/peer', join: 'certs/etcd' },
  'etcd-healthcheck-client': { base: 'etcd/healthcheck-client', join: 'certs/etcd' },
  'apiserver-etcd-client': { base: 'apiserver-etcd-client', join: 'certs/apiserver' },
}

const downloadCerts = 'control-plane-prepare/download-certs'

/** The CAs of a control plane. Together with the service account keys they are the same on all control planes. */
export const allCas: readonly CaName[] = ['ca', 'front-proxy-ca', 'etcd-ca']

/** The parts of control-plane-prepare, or the phases, that write the kubeconfigs on a joining node. */
const kubeconfigs: Readonly<Record<KubeconfigName, readonly string[]>> = {
  'admin.conf': ['control-plane-prepare/kubeconfig/admin'],
  'super-admin.conf': [],
  'kubelet.conf': ['kubelet-finalize/enable-client-cert-rotation', 'kubelet-finalize/local-endpoint'],
  'controller-manager.conf': ['control-plane-prepare/kubeconfig/components'],
  'scheduler.conf': ['control-plane-prepare/kubeconfig/components'],
}

const manifests: Readonly<Record<StaticPodComponent, readonly string[]>> = {
  'kube-apiserver': ['control-plane/apiserver', 'control-plane-prepare/control-plane'],
  'kube-controller-manager': ['control-plane/controller-manager', 'control-plane-prepare/control-plane'],
  'kube-scheduler': ['control-plane/scheduler', 'control-plane-prepare/control-plane'],
  etcd: ['etcd/local', 'etcd-join'],
}

/** The files that configure a kubelet. */
export const kubeletFiles: readonly string[] = [paths.kubeletInstanceConfig, paths.kubeletConfig, paths.kubeletEnv]

/** The kubeconfigs of a node, including the bootstrap kubeconfig of a joining kubelet. */
export const kubeconfigFiles: readonly string[] = [
  ...Object.keys(kubeconfigs).map(name => `${paths.kubernetesDir}/${name}`),
  paths.bootstrapKubeconfig,
]

/** Returns the paths of a certificate and its key. */
export function pairOf(
  certificatesDir: string,
  name: CertName,
): { readonly certificate: string; readonly key: string } {
  const path = `${certificatesDir}/${certificatePairs[name].base}`
  return { certificate: `${path}.crt`, key: `${path}.key` }
}

/** Returns the paths of the key pair that signs service account tokens. */
export function serviceAccountPair(certificatesDir: string): { readonly key: string; readonly publicKey: string } {
  return { key: `${certificatesDir}/sa.key`, publicKey: `${certificatesDir}/sa.pub` }
}

/** Returns the path of a private key file. */
export function keyFile(
  { config }: Pick<Cluster, 'config'>,
  { kubeconfigDir }: Pick<BaseRequest, 'kubeconfigDir'>,
  name: KeyFile,
): string {
  if (name === 'sa') return serviceAccountPair(config.certificatesDir).key
  return isCertificate(name) ? pairOf(config.certificatesDir, name).key : `${kubeconfigDir}/${name}`
}

function isCertificate(name: CertName | KubeconfigName): name is CertName {
  return Object.hasOwn(certificatePairs, name)
}

/** Returns the files that kubeadm and kadm write into the certificates directory. */
export function certificateFiles(certificatesDir: string): readonly string[] {
  return filesOfCertificates(certificatesDir).map(({ path }) => path)
}

/** Returns the keys that only control planes hold. No other copy exists after the last control plane is removed. */
export function sharedKeys(certificatesDir: string): readonly string[] {
  return [...allCas.map(name => pairOf(certificatesDir, name).key), serviceAccountPair(certificatesDir).key]
}

/** The default path of the cluster CA certificate. */
export const defaultCaFile = pairOf(paths.defaultCertificatesDir, 'ca').certificate

/** Returns every file that a phase of init or join writes on a node. */
export function nodeFiles(
  { config }: Pick<Cluster, 'config'>,
  { caCertPath, kubeconfigDir }: Pick<BaseRequest, 'caCertPath' | 'kubeconfigDir'>,
): readonly NodeFile[] {
  const open = (path: string, ...phases: readonly string[]): NodeFile => ({ path, mode: 0o644, secret: false, phases })
  const closed = (path: string, ...phases: readonly string[]): NodeFile => ({ path, mode: 0o600, secret: true, phases })
  const certificates = filesOfCertificates(config.certificatesDir)
  const known = certificates.map(file =>
    file.path === caCertPath ? { ...file, phases: [...file.phases, 'kubelet-start'] } : file,
  )
  return [
    ...known,
    ...(certificates.some(({ path }) => path === caCertPath) ? [] : [open(caCertPath, 'kubelet-start')]),
    ...Object.entries(kubeconfigs).map(([name, joining]) =>
      closed(`${kubeconfigDir}/${name}`, `kubeconfig/${name.replace(/\.conf$/, '')}`, ...joining),
    ),
    closed(paths.bootstrapKubeconfig, 'kubelet-start'),
    ...staticPodComponents.map(name => ({ ...closed(paths.manifest(name), ...manifests[name]), secret: false })),
    ...kubeletFiles.map(path => open(path, 'kubelet-start')),
    ...filesOfExternalEtcd(config),
  ]
}

/** Returns the files with which an API server connects to an external etcd. */
function filesOfExternalEtcd({ etcd: { external } }: ClusterConfiguration): readonly NodeFile[] {
  const row = (path: string | undefined, secret: boolean): readonly NodeFile[] =>
    path ? [{ path, mode: secret ? 0o600 : 0o644, secret, phases: [downloadCerts], stays: true }] : []
  return [...row(external?.caFile, false), ...row(external?.certFile, false), ...row(external?.keyFile, true)]
}

function filesOfCertificates(dir: string): readonly NodeFile[] {
  const pairs = (Object.keys(certificatePairs) as CertName[]).flatMap(name => {
    const { certificate, key } = pairOf(dir, name)
    const phases = [`certs/${name}`, `control-plane-prepare/${certificatePairs[name].join}`]
    return [
      { path: certificate, mode: 0o644, secret: false, phases },
      { path: key, mode: 0o600, secret: true, phases },
    ]
  })
  const { key, publicKey } = serviceAccountPair(dir)
  return [
    ...pairs,
    { path: key, mode: 0o600, secret: true, phases: ['certs/sa', downloadCerts] },
    // The modes are kubeadm's.
    { path: publicKey, mode: 0o600, secret: false, phases: ['certs/sa'] },
    { path: publicKey, mode: 0o644, secret: false, phases: [downloadCerts] },
  ]
}
