import { createHash, type KeyObject, X509Certificate } from 'node:crypto'
import { KadmError } from '../errors/kadm-error.ts'
import { type AltNames, decodeAltNames, noAltNames } from './alt-names.ts'
import { children, content, contextTag, decodeDer, oidOf } from './der.ts'
import { decodeKeyUsages, extensionOids, spkiOf, type Usage, usageOids } from './extensions.ts'
import { decodeName, type Subject } from './name.ts'
import { decodePem, encodePem } from './pem.ts'
import { type RawExtension, readTbs } from './tbs.ts'

/** A parsed certificate. */
export interface Certificate {
  readonly subject: Subject
  readonly issuer: Subject
  readonly sans: AltNames
  readonly usages: readonly Usage[]
  /** `digitalSignature`; absent if the certificate does not limit the use of its key. */
  readonly keyUsages?: readonly string[]
  readonly notBefore: Date
  readonly notAfter: Date
  readonly isCa: boolean
  readonly publicKey: KeyObject
  /** Hex, upper case. */
  readonly serial: string
  readonly subjectKeyId?: Buffer
  readonly subjectDer: Buffer
  readonly issuerDer: Buffer
  readonly der: Buffer
  /** Only this certificate, ending with a newline. */
  readonly pem: string
  readonly x509: X509Certificate
}

/** Returns the first certificate of a PEM text. Throws CERT_INVALID, which names `file`, if there is none. */
export function parseCertificate(pem: string, file?: string): Certificate {
  const [first] = certificateBlocks(pem, file)
  return read(first, file)
}

/** Returns all certificates of a PEM text in order: a leaf with its intermediates, or a bundle of CAs. */
export function parseCertificates(pem: string, file?: string): readonly [Certificate, ...Certificate[]] {
  const [first, ...rest] = certificateBlocks(pem, file)
  return [read(first, file), ...rest.map(der => read(der, file))]
}

/** Returns the hash of a CA for discovery: `sha256:` and the hex digest of its public key (RFC 7469). */
export function spkiHash(certificate: Certificate): string {
  return `sha256:${createHash('sha256').update(spkiOf(certificate.publicKey)).digest('hex')}`
}

function certificateBlocks(pem: string, file?: string): readonly [Buffer, ...Buffer[]] {
  const [first, ...rest] = decodePem(pem).filter(({ label }) => label === 'CERTIFICATE')
  if (first !== undefined) return [first.der, ...rest.map(block => block.der)]
  throw new KadmError('CERT_INVALID', `${file ?? 'the text'} holds no certificate in PEM form`, {
    hint: 'write a PEM certificate (-----BEGIN CERTIFICATE-----) to it, or remove the file to create a new one',
  })
}

function read(der: Buffer, file?: string): Certificate {
  try {
    return decode(der)
  } catch (cause) {
    throw new KadmError('CERT_INVALID', `${file ?? 'the text'} holds a certificate that cannot be read`, {
      hint: 'restore the file from a backup, or remove it to create a new one',
      cause,
    })
  }
}

function decode(der: Buffer): Certificate {
  const tbs = readTbs(der)
  const x509 = new X509Certificate(der)
  const find = (oid: string) => tbs.extensions.find(extension => extension.oid === oid)
  const ski = find(extensionOids.subjectKeyIdentifier)
  const bits = find(extensionOids.keyUsage)
  return {
    subject: decodeName(tbs.subject),
    issuer: decodeName(tbs.issuer),
    sans: decodeSans(find(extensionOids.subjectAltName)),
    usages: decodeUsages(find(extensionOids.extendedKeyUsage)),
    ...(bits !== undefined && { keyUsages: decodeKeyUsages(decodeDer(bits.value)) }),
    notBefore: valid(x509.validFromDate),
    notAfter: valid(x509.validToDate),
    isCa: decodeCa(find(extensionOids.basicConstraints)),
    publicKey: x509.publicKey,
    serial: x509.serialNumber,
    ...(ski !== undefined && { subjectKeyId: content(decodeDer(ski.value)) }),
    subjectDer: tbs.subject,
    issuerDer: tbs.issuer,
    der,
    pem: encodePem('CERTIFICATE', der),
    x509,
  }
}

function valid(date: Date): Date {
  if (Number.isNaN(date.getTime())) throw new Error('a date of the certificate is not valid')
  return date
}

function decodeSans(extension: RawExtension | undefined): AltNames {
  return extension === undefined ? noAltNames : decodeAltNames(decodeDer(extension.value))
}

function decodeUsages(extension: RawExtension | undefined): readonly Usage[] {
  if (extension === undefined) return []
  const oids = children(decodeDer(extension.value)).map(oidOf)
  const known = Object.entries(usageOids) as [Usage, string][]
  return oids.flatMap(oid => known.filter(([, value]) => value === oid).map(([usage]) => usage))
}

/** X509Certificate.ca is also true for a v1 certificate. Go, and so kubeadm, requires the extension. */
function decodeCa(extension: RawExtension | undefined): boolean {
  if (extension === undefined) return false
  const [flag] = children(decodeDer(extension.value))
  return flag !== undefined && contextTag(flag) === undefined && flag.type === 1 && content(flag)[0] !== 0
}
