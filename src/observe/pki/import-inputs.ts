import type { Cluster, ControlPlaneNode } from '../../cluster/cluster.ts'
import { type BroughtCertificate, type ImportRequest, renewalDir } from '../../cluster/csr-request.ts'
import { given } from '../../cluster/given.ts'
import { type CaName, pairOf } from '../../cluster/node-files.ts'
import type { HostReader } from '../../host/host.ts'
import { certSpec } from '../../pki/cert-table.ts'
import { type Certificate, parseCertificate, parseCertificates } from '../../pki/certificate.ts'
import type { CandidateKey, ImportPlace } from '../../pki/judge-import.ts'
import { parsePrivateKey } from '../../pki/keys.ts'
import { type Kubeconfig, parseKubeconfig } from '../../pki/kubeconfig.ts'
import { type Profile, profileNamed } from '../../pki/profile.ts'
import { readText } from '../machine/read-text.ts'

export interface ImportTarget {
  readonly cluster: Cluster
  readonly node: ControlPlaneNode
  readonly request: ImportRequest
}

/** The files of a host that a certificate belongs to. */
export interface ImportInputs {
  readonly profile: Profile
  /** The certificate, or the kubeconfig. */
  readonly path: string
  /** The private key, or the kubeconfig. */
  readonly keyPath: string
  /** The content of `path`. */
  readonly text?: string
  /** The files that a kubeconfig names instead of its certificate and key. */
  readonly files?: { readonly certificate: string; readonly key: string }
  /** The key and the request in the directory of the renewal. */
  readonly renewal: { readonly key: string; readonly request: string }
  readonly place: ImportPlace
}

/** Reads the CA certificates of a host, each completed by the one that the operator brings. */
export async function readImportCas(
  host: HostReader,
  { cluster, request }: ImportTarget,
  name: CaName,
): Promise<readonly Certificate[]> {
  const { certificate: path } = pairOf(cluster.config.certificatesDir, name)
  const text = await readText(host, path)
  const brought = request.cas.find(ca => ca.name === name)
  if (text !== undefined) return parseCertificates(text, path)
  return brought === undefined ? [] : parseCertificates(brought.pem, brought.from)
}

/** Reads what a certificate is compared with. Throws CERT_INVALID, KUBECONFIG_INVALID for files that cannot be read. */
export async function readImportInputs(
  host: HostReader,
  target: ImportTarget,
  brought: BroughtCertificate,
): Promise<ImportInputs> {
  const { node } = target
  const profile = profileNamed(brought.name)
  if (profile === undefined) throw new Error(`unknown certificate ${brought.name}`)
  const paths = pathsOf(target, profile)
  const [text, keyText, renewalText, cas] = await Promise.all([
    readText(host, paths.path),
    profile.kind === 'pair' ? readText(host, paths.keyPath) : undefined,
    readText(host, paths.renewal.key),
    readImportCas(host, target, profile.signedBy),
  ])
  const conf = profile.kind === 'kubeconfig' && text !== undefined ? parseKubeconfig(text, paths.path) : undefined
  const files = conf === undefined ? undefined : filesOf(conf)
  const placeKey = profile.kind === 'pair' ? keyText : await keyIn(host, conf)
  const renewalKey =
    profile.kind === 'pair' || renewalText === undefined
      ? renewalText
      : parseKubeconfig(renewalText, paths.renewal.key).clientKeyPem?.reveal()
  const keys = [
    candidate('place', files?.key ?? paths.keyPath, placeKey),
    candidate('renewal', paths.renewal.key, renewalKey),
    candidate('brought', brought.from, brought.key?.reveal()),
  ].filter(key => key !== undefined)
  const sans = profile.kind === 'pair' ? wantedNames(target, profile, text) : undefined
  const place = { cas, keys, subject: profile.subject(node.name), usages: profile.usages, ...given({ sans }) }
  return { profile, ...paths, ...given({ text, files }), place }
}

function pathsOf({ cluster, request }: ImportTarget, { kind, base }: Profile) {
  const { certificatesDir } = cluster.config
  const staged = `${renewalDir(certificatesDir)}/${base}`
  const path = kind === 'pair' ? `${certificatesDir}/${base}` : `${request.kubeconfigDir}/${base}`
  return {
    path: kind === 'pair' ? `${path}.crt` : path,
    keyPath: kind === 'pair' ? `${path}.key` : path,
    renewal: { key: kind === 'pair' ? `${staged}.key` : staged, request: `${staged}.csr` },
  }
}

function candidate(at: CandidateKey['at'], path: string, pem: string | undefined): CandidateKey | undefined {
  return pem === undefined ? undefined : { at, path, key: parsePrivateKey(pem, path) }
}

function filesOf({ clientCertFile, clientKeyFile }: Kubeconfig): ImportInputs['files'] {
  return clientCertFile === undefined
    ? undefined
    : { certificate: clientCertFile, key: clientKeyFile ?? clientCertFile }
}

/** The key of a kubeconfig, which may have no certificate yet. */
async function keyIn(host: HostReader, conf: Kubeconfig | undefined): Promise<string | undefined> {
  const { clientKeyPem, clientKeyFile } = conf ?? {}
  return clientKeyPem?.reveal() ?? (clientKeyFile === undefined ? undefined : readText(host, clientKeyFile))
}

/** The names of the configuration; if that is not known, those of the certificate in place. */
function wantedNames({ cluster, node, request }: ImportTarget, profile: Profile, text: string | undefined) {
  if (profile.kind !== 'pair') return undefined
  if (request.assumedConfig === undefined) return certSpec(profile.name).sans(cluster, node)
  return text === undefined ? undefined : parseCertificate(text).sans
}
