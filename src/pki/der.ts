import asn1 from 'node-forge/lib/asn1.js'

/** A node of an ASN.1 tree. */
export type Asn1 = ReturnType<typeof asn1.fromDer>

/** Universal tags by name (X.680). */
export const tags = {
  boolean: 1,
  integer: 2,
  bitString: 3,
  octetString: 4,
  null: 5,
  oid: 6,
  utf8: 12,
  sequence: 16,
  set: 17,
  printable: 19,
  ia5: 22,
  utcTime: 23,
  generalizedTime: 24,
} as const

const universal = 0x00
const contextSpecific = 0x80

function primitive(type: number, bytes: Uint8Array): Asn1 {
  return asn1.create(universal, type, false, Buffer.from(bytes).toString('latin1'))
}

/** Constructors of DER values, named after ASN.1. */
export const der = {
  sequence: (...items: readonly Asn1[]): Asn1 => asn1.create(universal, tags.sequence, true, [...items]),
  /** SET OF: DER requires the members in the order of their bytes. */
  setOf: (...items: readonly Asn1[]): Asn1 =>
    asn1.create(
      universal,
      tags.set,
      true,
      [...items].sort((a, b) => Buffer.compare(encodeDer(a), encodeDer(b))),
    ),
  oid: (oid: string): Asn1 => asn1.create(universal, tags.oid, false, asn1.oidToDer(oid).getBytes()),
  null: (): Asn1 => primitive(tags.null, new Uint8Array()),
  boolean: (value: boolean): Asn1 => primitive(tags.boolean, Uint8Array.of(value ? 0xff : 0)),
  integer: (value: bigint): Asn1 => primitive(tags.integer, integerBytes(value)),
  octets: (bytes: Uint8Array): Asn1 => primitive(tags.octetString, bytes),
  bits: (bytes: Uint8Array, unused = 0): Asn1 => primitive(tags.bitString, Uint8Array.of(unused, ...bytes)),
  string: (tag: number, text: string): Asn1 => primitive(tag, Buffer.from(text, 'utf8')),
  /** `[n]` IMPLICIT over bytes. */
  implicit: (n: number, bytes: Uint8Array): Asn1 =>
    asn1.create(contextSpecific, n, false, Buffer.from(bytes).toString('latin1')),
  /** `[n]` EXPLICIT, or IMPLICIT over a constructed value. */
  tagged: (n: number, ...items: readonly Asn1[]): Asn1 => asn1.create(contextSpecific, n, true, [...items]),
  /** Encodes UTCTime up to 2049, GeneralizedTime from 2050 (RFC 5280, 4.1.2.5), in whole seconds. */
  time(date: Date): Asn1 {
    const digits = date
      .toISOString()
      .replace(/\.\d+Z$/, '')
      .replace(/\D/g, '')
    const year = date.getUTCFullYear()
    const short = year >= 1950 && year < 2050
    return der.string(short ? tags.utcTime : tags.generalizedTime, `${short ? digits.slice(2) : digits}Z`)
  },
}

function integerBytes(value: bigint): Uint8Array {
  const hex = value.toString(16)
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  return (bytes[0] ?? 0) >= 0x80 ? Uint8Array.of(0, ...bytes) : bytes
}

export function encodeDer(node: Asn1): Buffer {
  return Buffer.from(asn1.toDer(node).getBytes(), 'latin1')
}

/** Decodes one DER value. Throws if the bytes are not valid. Bit strings stay bytes. */
export function decodeDer(bytes: Uint8Array): Asn1 {
  const strict = { strict: true, parseAllBytes: true, decodeBitStrings: false }
  return asn1.fromDer(Buffer.from(bytes).toString('latin1'), strict as unknown as boolean)
}

/** Returns the members of a constructed node; none for a primitive one. */
export function children(node: Asn1): readonly Asn1[] {
  return typeof node.value === 'string' ? [] : node.value
}

/** Returns the content of a primitive node. */
export function content(node: Asn1): Buffer {
  return Buffer.from(typeof node.value === 'string' ? node.value : '', 'latin1')
}

export function oidOf(node: Asn1): string {
  return typeof node.value === 'string' ? asn1.derToOid(node.value) : ''
}

/** Returns the number of a context-specific tag (3 for `[3]`); undefined for a universal one. */
export function contextTag(node: Asn1): number | undefined {
  return node.tagClass === contextSpecific ? node.type : undefined
}
