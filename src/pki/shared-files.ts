import { parseCertificates } from './certificate.ts'
import { parsePrivateKey, parsePublicKeys, publicKeyPem } from './keys.ts'
import { decodePem } from './pem.ts'

/** True when a PEM text holds a private key, whatever its form: then the file is for root alone. */
export function holdsPrivateKey(pem: string): boolean {
  return decodePem(pem).some(({ label }) => label.endsWith('PRIVATE KEY'))
}

/**
 * True when two PEM files say the same: equal certificates, or the same key. Line ends, comments and the form of a key
 * do not count. Throws CERT_INVALID naming `file` when the first cannot be read.
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
