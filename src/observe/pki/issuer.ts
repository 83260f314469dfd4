import type { Cluster } from '../../cluster/cluster.ts'
import { given } from '../../cluster/given.ts'
import { type CaName, pairOf } from '../../cluster/node-files.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { type Certificate, parseCertificates } from '../../pki/certificate.ts'
import type { Issuer } from '../../pki/issue.ts'
import { parsePrivateKey } from '../../pki/keys.ts'
import { readText } from '../machine/read-text.ts'

/** A CA on a host; without its key it cannot sign. */
export interface FoundCa {
  readonly certificates: readonly [Certificate, ...Certificate[]]
  readonly issuer?: Issuer
}

/** Reads a CA of the table. Throws CERT_INVALID if its certificate does not exist. */
export async function readCaPair(host: HostReader, cluster: Pick<Cluster, 'config'>, name: CaName): Promise<FoundCa> {
  const path = pairOf(cluster.config.certificatesDir, name)
  const [text, keyText] = await Promise.all([readText(host, path.certificate), readText(host, path.key)])
  if (text === undefined) {
    throw new KadmError('CERT_INVALID', `${path.certificate} does not exist on ${host.name}`, {
      hint: `create it first: \`kadm init phase certs ${name}\``,
    })
  }
  const certificates = parseCertificates(text, path.certificate)
  const key = keyText === undefined ? undefined : parsePrivateKey(keyText, path.key)
  return { certificates, ...given({ issuer: key && { certificate: certificates[0], key } }) }
}

/** Returns the CA with its key. Throws CERT_INVALID if the key is not on the host (external CA). */
export async function readIssuer(
  host: HostReader,
  cluster: Pick<Cluster, 'config'>,
  name: CaName,
  wanted: string,
): Promise<Issuer> {
  const { issuer } = await readCaPair(host, cluster, name)
  if (issuer !== undefined) return issuer
  const { key } = pairOf(cluster.config.certificatesDir, name)
  throw new KadmError('CERT_INVALID', `${wanted} is missing and cannot be signed: ${key} is not on ${host.name}`, {
    hint: `with an external CA, provide ${wanted} yourself; otherwise restore ${key}`,
  })
}
