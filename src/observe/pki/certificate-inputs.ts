import type { Cluster } from '../../cluster/cluster.ts'
import { given } from '../../cluster/given.ts'
import { pairOf } from '../../cluster/node-files.ts'
import type { HostReader } from '../../host/host.ts'
import type { CertSpec } from '../../pki/cert-table.ts'
import type { Certificate } from '../../pki/certificate.ts'
import type { Issuer } from '../../pki/issue.ts'
import type { FoundPair } from '../../pki/reuse.ts'
import { readText } from '../machine/read-text.ts'
import { readCaPair, readIssuer } from './issuer.ts'

/** Reads a certificate and the CA that signs it from a host. Throws CERT_INVALID if that CA is missing. */
export async function readCertificateInputs(
  host: HostReader,
  cluster: Cluster,
  spec: CertSpec,
): Promise<{
  readonly found: FoundPair
  readonly cas: readonly Certificate[]
  readonly issuer?: () => Promise<Issuer>
}> {
  const { signedBy } = spec
  const found = await readPair(host, cluster, spec)
  if (signedBy === undefined) return { found, cas: [] }
  const { certificates } = await readCaPair(host, cluster, signedBy)
  return { found, cas: certificates, issuer: () => readIssuer(host, cluster, signedBy, found.certificatePath) }
}

/** Reads the existing files of a key pair. */
export async function readPair(host: HostReader, cluster: Pick<Cluster, 'config'>, spec: CertSpec): Promise<FoundPair> {
  const path = pairOf(cluster.config.certificatesDir, spec.name)
  const [certificate, key] = await Promise.all([readText(host, path.certificate), readText(host, path.key)])
  return {
    certificatePath: path.certificate,
    keyPath: path.key,
    ...given({ certificate, key }),
  }
}
