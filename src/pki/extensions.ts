import { createHash, type KeyObject } from 'node:crypto'
import { type AltNames, encodeAltNames } from './alt-names.ts'
import { type Asn1, children, content, decodeDer, der, encodeDer } from './der.ts'

/** The allowed use of a certificate. */
export type Usage = 'serverAuth' | 'clientAuth'

export const usageOids: Readonly<Record<Usage, string>> = {
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
}

/** Object identifiers of the extensions in kubeadm's certificates. */
export const extensionOids = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
} as const

export interface ExtensionInput {
  readonly ca: boolean
  readonly usages: readonly Usage[]
  readonly sans: AltNames
  /** Only a CA has one. */
  readonly subjectKeyId?: Uint8Array
  readonly authorityKeyId?: Uint8Array
}

// digitalSignature, keyEncipherment, and certSign for a CA: bits 0, 2 and 5 from the left.
const keyUsageBits = { leaf: der.bits(Uint8Array.of(0xa0), 5), ca: der.bits(Uint8Array.of(0xa4), 2) }

/** Encodes the extensions in the order of Go's crypto/x509. */
export function encodeExtensions(input: ExtensionInput): Asn1 {
  const list = [
    extension(extensionOids.keyUsage, input.ca ? keyUsageBits.ca : keyUsageBits.leaf, true),
    input.usages.length > 0 && extension(extensionOids.extendedKeyUsage, extendedKeyUsage(input.usages)),
    extension(extensionOids.basicConstraints, der.sequence(...(input.ca ? [der.boolean(true)] : [])), true),
    input.subjectKeyId !== undefined && extension(extensionOids.subjectKeyIdentifier, der.octets(input.subjectKeyId)),
    input.authorityKeyId !== undefined &&
      extension(extensionOids.authorityKeyIdentifier, der.sequence(der.implicit(0, input.authorityKeyId))),
    hasAltNames(input.sans) && extension(extensionOids.subjectAltName, encodeAltNames(input.sans)),
  ]
  return der.sequence(...list.filter(item => item !== false))
}

export function hasAltNames(sans: AltNames): boolean {
  return sans.dns.length + sans.ips.length > 0
}

/** Encodes one Extension (RFC 5280, 4.1): `critical` is written only if true. */
export function extension(oid: string, value: Asn1, critical = false): Asn1 {
  return der.sequence(der.oid(oid), ...(critical ? [der.boolean(true)] : []), der.octets(encodeDer(value)))
}

function extendedKeyUsage(usages: readonly Usage[]): Asn1 {
  return der.sequence(...usages.map(usage => der.oid(usageOids[usage])))
}

/** Returns the SubjectPublicKeyInfo of a key. */
export function spkiOf(publicKey: KeyObject): Buffer {
  return publicKey.export({ type: 'spki', format: 'der' })
}

/** Returns the first 160 bits of SHA-256 over the public key's bits (RFC 7093, 2), as Go does since 1.25. */
export function keyIdentifier(publicKey: KeyObject): Buffer {
  const bits = children(decodeDer(spkiOf(publicKey)))[1]
  const bytes = bits === undefined ? Buffer.alloc(0) : content(bits).subarray(1)
  return createHash('sha256').update(bytes).digest().subarray(0, 20)
}

/** In the order of their bits (RFC 5280, 4.2.1.3). */
const keyUsages = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
]

/** Returns the names of the bits that are set in the value of a key usage extension. */
export function decodeKeyUsages(value: Asn1): readonly string[] {
  const [, ...bytes] = content(value)
  return keyUsages.filter((_, i) => ((bytes[i >> 3] ?? 0) & (0x80 >> (i & 7))) !== 0)
}
