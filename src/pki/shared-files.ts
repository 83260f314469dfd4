import { parseCertificates } from './certificate.ts'
import { parsePrivateKey, parsePublicKeys, publicKeyPem } from './keys.ts'
import { decodePem } from './pem.ts'

/** True if a PEM text contains a private key of any form, so that only root may read the file. */
export function holdsPrivateKey(pem: string): boolean {
  return decodePem(pem).some(({ label }) => label.endsWith('PRIVATE KEY'))
}

/**
 * True if two PEM files contain the same certificates or the same key. Line ends, comments and the form of a key are
 * ignored. Throws CERT_INVALID, which names `file`, if the first is unreadable.
 */
export function sameMaterial(found: string, wanted: string, file: string): boolean {
  if (found === wanted) return true
  const labels = decodePem(wanted).map(({ label }) => label)
  if (labels.includes('CERTIFICATE')) return certificatesOf(found, file) === certificatesOf(wanted)
  if (labels.includes('PUBLIC KEY')) return publicKeysOf(found) === publicKeysOf(wanted)
  return publicKeyPem(parsePrivateKey(found, file)) === publicKeyPem(parsePrivateKey(wanted))
}

function certificatesOf(pem: string, file?: string): string {
  return parseCertificates(pem, file)
    .map(certificate => certificate.pem)
    .join('')
}

function publicKeysOf(pem: string): string {
  return parsePublicKeys(pem).map(publicKeyPem).join('')
}
