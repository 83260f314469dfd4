import type { Secret } from '../../cluster/secret.ts'
import type { HostReader } from '../../host/host.ts'
import { readText } from '../../observe/machine/read-text.ts'
import { type Certificate, parseCertificate, parseCertificates } from '../../pki/certificate.ts'
import { parseKubeconfig } from '../../pki/kubeconfig.ts'

/** The embedded credentials of the current context of a kubeconfig. */
export interface Embedded {
  readonly path: string
  readonly text: string
  readonly certificate: Certificate
  readonly certificatePem: string
  readonly keyPem: Secret
  readonly caPem: string
}

/**
 * Reads a kubeconfig; undefined if it does not exist, or if a certificate, the key or the CA is not embedded. Throws
 * KUBECONFIG_INVALID, CERT_INVALID.
 */
export async function readEmbedded(host: HostReader, path: string): Promise<Embedded | undefined> {
  const text = await readText(host, path)
  if (text === undefined) return undefined
  const { clientCertPem, clientKeyPem, caPem } = parseKubeconfig(text, path)
  if (clientCertPem === undefined || clientKeyPem === undefined || caPem === undefined) return undefined
  const certificate = parseCertificate(clientCertPem, path)
  return { path, text, certificate, certificatePem: clientCertPem, keyPem: clientKeyPem, caPem }
}

/** Returns the kubeconfig with the same user, groups and CA. */
export function sameUser(copy: Embedded, all: readonly Embedded[]): Embedded | undefined {
  const trusted = parseCertificates(copy.caPem, copy.path)
  return all.find(
    ({ certificate, caPem, path }) =>
      certificate.subjectDer.equals(copy.certificate.subjectDer) &&
      trusted.some(ca => ca.der.equals(parseCertificate(caPem, path).der)),
  )
}
