import type { Kube } from '../../clients/kube/kube.ts'
import { dataOf } from '../../cluster/kube-object.ts'
import type { Secret } from '../../cluster/secret.ts'
import type { ClusterConfiguration } from '../../cluster/spec.ts'
import { uploadedFiles } from '../../cluster/uploaded-files.ts'
import { isKadmError, KadmError } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { openSealed } from '../../pki/certificate-key.ts'
import { readText } from '../machine/read-text.ts'

/** What all control planes share, by path: CAs, their keys, and the keys of service accounts. */
export type SharedFiles = ReadonlyMap<string, string>

const secretName = 'kubeadm-certs'
const uploadAgain = 'upload them on a control plane: `kadm init phase upload-certs --upload-certs`'

/** From the Secret kubeadm-certs: all of it is opened before anything is given. An empty entry was no file there. */
export async function readSealedFiles(kube: Kube, config: ClusterConfiguration, key: Secret): Promise<SharedFiles> {
  const found = await readSecret(kube)
  const wanted = uploadedFiles(config)
  const absent = wanted.filter(file => found[file.key] === undefined).map(file => file.key)
  if (absent.length > 0) {
    throw new KadmError('CERT_INVALID', `the Secret ${secretName} holds no ${absent.join(', ')}`, { hint: uploadAgain })
  }
  const opened = wanted.flatMap(file => {
    const sealed = Buffer.from(found[file.key] ?? '', 'base64')
    return sealed.length === 0 ? [] : [[file.path, openSealed(key, sealed, file.key).toString()] as const]
  })
  return new Map(opened)
}

async function readSecret(kube: Kube): Promise<Readonly<Record<string, string>>> {
  const ref = { apiVersion: 'v1', kind: 'Secret', namespace: 'kube-system', name: secretName }
  const found = await kube.get(ref).catch(error => {
    // The right to read it is given by the first upload.
    if (isKadmError(error, 'API_REFUSED') && error.status === 403) return undefined
    throw error
  })
  if (found !== undefined) return dataOf(found)
  throw new KadmError(
    'CERT_INVALID',
    `the cluster has no Secret ${secretName}: uploaded certificates expire after two hours`,
    {
      hint: `${uploadAgain}, or take them from a control plane over SSH with --from`,
    },
  )
}

/** From the disk of another control plane. */
export async function readSourceFiles(source: HostReader, config: ClusterConfiguration): Promise<SharedFiles> {
  const { files, missing } = await readDisk(source, config)
  if (missing.length === 0) return files
  throw new KadmError('CERT_INVALID', `${missing.join(', ')} missing on ${source.name}`, {
    hint: 'use a control plane host of this cluster with --from',
  })
}

/** From the disk of the joining host itself, where the operator has copied them. Every missing file is named. */
export async function readOwnFiles(host: HostReader, config: ClusterConfiguration): Promise<SharedFiles> {
  const { files, missing } = await readDisk(host, config)
  if (missing.length === 0) return files
  throw new KadmError('CERT_INVALID', 'this host lacks the shared control plane files', {
    problems: missing.map(path => ({ field: path, message: 'is missing' })),
    hint: 'give --certificate-key (with an upload: `kadm init phase upload-certs --upload-certs`) or --from, or copy these files from a control plane',
  })
}

/** The key of a CA that is kept elsewhere is on no control plane. */
async function readDisk(host: HostReader, config: ClusterConfiguration) {
  const wanted = uploadedFiles(config)
  const read = await Promise.all(wanted.map(({ path }) => readText(host, path)))
  const found = wanted.flatMap(({ path }, i) => (read[i] === undefined ? [] : [[path, read[i]] as const]))
  const missing = wanted.filter(({ path }, i) => read[i] === undefined && !/ca\.key$/.test(path))
  return { files: new Map(found), missing: missing.map(({ path }) => path) }
}
