import type { Role } from '../../cluster/cluster.ts'
import { type CaName, kubeconfigFiles, pairOf } from '../../cluster/node-files.ts'
import { paths } from '../../cluster/paths.ts'
import { type CaPair, type RotatedCa, rotationFiles } from '../../cluster/rotation.ts'
import { secret } from '../../cluster/secret.ts'
import type { HostReader } from '../../host/host.ts'
import { certTable } from '../../pki/cert-table.ts'
import { type Certificate, parseCertificate, parseCertificates } from '../../pki/certificate.ts'
import { parsePrivateKey } from '../../pki/keys.ts'
import { parseKubeconfig } from '../../pki/kubeconfig.ts'
import type { CaOnHost } from '../../pki/rotation.ts'
import { matchesKey } from '../../pki/verify.ts'
import { readText } from '../machine/read-text.ts'

export interface RotationPlace {
  readonly role: Role
  readonly certificatesDir: string
  /** The CA of the cluster on a worker. */
  readonly caCertPath: string
}

/** Reads what the files of a host hold of a CA. Throws CERT_INVALID, KUBECONFIG_INVALID for a file that is not usable. */
export async function readCaOnHost(host: HostReader, place: RotationPlace, ca: CaName): Promise<CaOnHost> {
  const controlPlane = place.role === 'control-plane'
  const [pair, file, kubeconfigs, leaves] = await Promise.all([
    controlPlane ? readPairOfRotation(host, place.certificatesDir, ca) : undefined,
    readCaFile(host, place, ca),
    ca === 'ca' ? readKubeconfigs(host) : [],
    controlPlane ? readLeaves(host, place.certificatesDir, ca) : [],
  ])
  const kubelet = ca === 'ca' ? await readKubeletCertificates(host) : []
  const clients = kubeconfigs.flatMap(({ path, client }) => (client === undefined ? [] : [[path, client] as const]))
  const embedded = kubeconfigs.flatMap(({ path, cas }) => (cas === undefined ? [] : [[path, cas] as const]))
  return {
    host: host.name,
    ...(pair === undefined ? {} : { pair }),
    ...(file?.signer === undefined ? {} : { signer: file.signer }),
    trusts: new Map([...(file === undefined ? [] : [[file.path, file.certificates] as const]), ...embedded]),
    leaves: new Map([...leaves, ...clients, ...kubelet]),
  }
}

/** Returns the CA file of a node; `signer` is the certificate to which the key on the host belongs. */
async function readCaFile(host: HostReader, { role, certificatesDir, caCertPath }: RotationPlace, ca: CaName) {
  const files = pairOf(certificatesDir, ca)
  const path = role === 'control-plane' ? files.certificate : caCertPath
  if (role === 'worker' && ca !== 'ca') return undefined
  const [text, key] = await Promise.all([
    readText(host, path),
    role === 'worker' ? undefined : readText(host, files.key),
  ])
  if (text === undefined) return undefined
  const certificates = parseCertificates(text, path)
  const signing = key === undefined ? undefined : parsePrivateKey(key, files.key)
  const signer = signing && certificates.find(certificate => matchesKey(certificate, signing))
  return { path, certificates, ...(signer === undefined ? {} : { signer }) }
}

/** A rotation exists on a host once the new CA and the certificate of the old one are complete. */
async function readPairOfRotation(host: HostReader, dir: string, ca: CaName): Promise<CaPair | undefined> {
  const files = rotationFiles(dir, ca)
  const read = async ({ certificate, key }: { certificate: string; key: string }): Promise<RotatedCa | undefined> => {
    const [pem, keyPem] = await Promise.all([readText(host, certificate), readText(host, key)])
    if (pem === undefined) return undefined
    return { certificate: parseCertificate(pem, certificate).pem, ...(keyPem && { key: secret(keyPem) }) }
  }
  const [old, added] = await Promise.all([read(files.old), read(files.new)])
  return old === undefined || added === undefined ? undefined : { old, new: added }
}

async function readKubeconfigs(host: HostReader) {
  const texts = await Promise.all(kubeconfigFiles.map(path => readText(host, path)))
  return kubeconfigFiles.flatMap((path, i) => {
    const text = texts[i]
    if (text === undefined) return []
    const { caPem, clientCertPem } = parseKubeconfig(text, path)
    return [
      {
        path,
        cas: caPem === undefined ? undefined : parseCertificates(caPem, path),
        client: clientCertPem === undefined ? undefined : parseCertificate(clientCertPem, path),
      },
    ]
  })
}

/** A certificate that a kubelet signed itself is of no CA. */
async function readKubeletCertificates(host: HostReader): Promise<readonly (readonly [string, Certificate])[]> {
  const path = `${paths.kubeletPkiDir}/kubelet-client-current.pem`
  const text = await readText(host, path)
  return text === undefined ? [] : [[path, parseCertificate(text, path)]]
}

async function readLeaves(
  host: HostReader,
  dir: string,
  ca: CaName,
): Promise<readonly (readonly [string, Certificate])[]> {
  const files = certTable.filter(({ signedBy }) => signedBy === ca).map(({ name }) => pairOf(dir, name).certificate)
  const texts = await Promise.all(files.map(path => readText(host, path)))
  return files.flatMap((path, i) => {
    const text = texts[i]
    return text === undefined ? [] : [[path, parseCertificate(text, path)] as const]
  })
}
