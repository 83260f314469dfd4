import type { Kube } from '../../clients/kube/kube.ts'
import { dataOf } from '../../cluster/kube-object.ts'
import type { Secret } from '../../cluster/secret.ts'
import type { ClusterConfiguration } from '../../cluster/spec.ts'
import { uploadedFiles } from '../../cluster/uploaded-files.ts'
import { isKadmError, KadmError } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { openSealed } from '../../pki/certificate-key.ts'
import { readText } from '../machine/read-text.ts'

/** The files that all control planes share, by path: CAs, their keys, and the service account keys. */
export type SharedFiles = ReadonlyMap<string, string>

const secretName = 'kubeadm-certs'
const uploadAgain = 'upload them on a control plane: `kadm init phase upload-certs --upload-certs`'

/** Reads the Secret kubeadm-certs. Decrypts all of it first. An empty entry stands for a missing file. */
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
    // The first upload grants the right to read it.
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

/** Reads from the disk of another control plane. */
export async function readSourceFiles(source: HostReader, config: ClusterConfiguration): Promise<SharedFiles> {
  const { files, missing } = await readDisk(source, config)
  if (missing.length === 0) return files
  throw new KadmError('CERT_INVALID', `${missing.join(', ')} missing on ${source.name}`, {
    hint: 'use a control plane host of this cluster with --from',
  })
}

/** Reads from the disk of the joining host, to which the operator has copied them. Lists every missing file. */
export async function readOwnFiles(host: HostReader, config: ClusterConfiguration): Promise<SharedFiles> {
  const { files, missing } = await readDisk(host, config)
  if (missing.length === 0) return files
  throw new KadmError('CERT_INVALID', 'this host lacks the shared control plane files', {
    problems: missing.map(path => ({ field: path, message: 'is missing' })),
    hint: 'give --certificate-key (with an upload: `kadm init phase upload-certs --upload-certs`) or --from, or copy these files from a control plane',
  })
}

/** The key of an external CA is on no control plane. */
async function readDisk(host: HostReader, config: ClusterConfiguration) {
  const wanted = uploadedFiles(config)
  const read = await Promise.all(wanted.map(({ path }) => readText(host, path)))
  const found = wanted.flatMap(({ path }, i) => (read[i] === undefined ? [] : [[path, read[i]] as const]))
  const missing = wanted.filter(({ path }, i) => read[i] === undefined && !/ca\.key$/.test(path))
  return { files: new Map(found), missing: missing.map(({ path }) => path) }
}
