import { X509Certificate } from 'node:crypto'
import { type AltNames, decodeAltNames } from '../../src/pki/alt-names.ts'
import { parseCertificate } from '../../src/pki/certificate.ts'
import { children, content, decodeDer, oidOf, tags } from '../../src/pki/der.ts'
import { extensionOids } from '../../src/pki/extensions.ts'
import { algorithmOf } from '../../src/pki/keys.ts'
import { nameAttributes } from '../../src/pki/name.ts'
import { type RawExtension, readTbs, type TbsCertificate } from '../../src/pki/tbs.ts'

/** A certificate as plain data. Two that compare equal differ only in random parts. */
export interface CertificateDescription {
  readonly version: number
  readonly serialBytes: number
  readonly signature: string
  readonly issuer: readonly string[]
  readonly notBefore: string
  readonly notAfter: string
  readonly subject: readonly string[]
  readonly key: string
  readonly extensions: readonly ExtensionDescription[]
}

export interface ExtensionDescription {
  readonly id: string
  readonly critical: boolean
  readonly value: unknown
}

const tagNames = new Map<number, string>(Object.entries(tags).map(([name, tag]) => [tag, name]))
const extensionNames = new Map<string, string>(Object.entries(extensionOids).map(([name, oid]) => [oid, name]))
const signatureNames = new Map([
  ['1.2.840.113549.1.1.11', 'sha256WithRSAEncryption'],
  ['1.2.840.10045.4.3.2', 'ecdsa-with-SHA256'],
  ['1.2.840.10045.4.3.3', 'ecdsa-with-SHA384'],
  ['1.2.840.10045.4.3.4', 'ecdsa-with-SHA512'],
])
const attributeNames = new Map([
  ['2.5.4.3', 'CN'],
  ['2.5.4.10', 'O'],
])

/** Describes the first certificate of a PEM text: names with their string types, extensions in order, decoded. */
export function describeCertificate(pem: string): CertificateDescription {
  const { der } = parseCertificate(pem)
  const tbs = readTbs(der)
  const [oid, parameters] = children(tbs.signature)
  const signature = oid === undefined ? '' : oidOf(oid)
  return {
    version: tbs.version,
    serialBytes: tbs.serial.length,
    signature: `${signatureNames.get(signature) ?? signature}${parameters === undefined ? '' : ' (NULL)'}`,
    issuer: describeName(tbs.issuer),
    ...describeValidity(tbs),
    subject: describeName(tbs.subject),
    key: algorithmOf(new X509Certificate(der).publicKey),
    extensions: tbs.extensions.map(describeExtension),
  }
}

function describeName(name: Buffer): readonly string[] {
  return nameAttributes(name).map(
    ({ oid, tag, value }) => `${attributeNames.get(oid) ?? oid}=${value} (${tagNames.get(tag) ?? tag})`,
  )
}

function describeValidity({ validity }: TbsCertificate) {
  const [notBefore = '', notAfter = ''] = validity.map(
    node => `${content(node).toString('latin1')} (${tagNames.get(node.type) ?? node.type})`,
  )
  return { notBefore, notAfter }
}

function describeExtension({ oid, critical, value }: RawExtension): ExtensionDescription {
  return { id: extensionNames.get(oid) ?? oid, critical, value: describeValue(oid, value) }
}

function describeValue(oid: string, value: Buffer): unknown {
  const node = decodeDer(value)
  switch (oid) {
    case extensionOids.extendedKeyUsage:
      return children(node).map(oidOf)
    case extensionOids.subjectAltName:
      return decodeAltNames(node) satisfies AltNames
    case extensionOids.subjectKeyIdentifier:
      return `${content(node).length} bytes`
    case extensionOids.authorityKeyIdentifier:
      return children(node).map(part => `[${part.type}] ${content(part).length} bytes`)
    default:
      return value.toString('hex')
  }
}
