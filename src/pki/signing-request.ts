import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { type AltNames, decodeAltNames, noAltNames } from './alt-names.ts'
import { type Asn1, children, content, contextTag, decodeDer, encodeDer, oidOf } from './der.ts'
import { extensionOids } from './extensions.ts'
import { type NameAttribute, nameAttributes } from './name.ts'
import { decodePem } from './pem.ts'

/** A PKCS#10 request for a certificate (RFC 2986). */
export interface SigningRequest {
  /** The attributes of the subject in order, with their object identifiers. */
  readonly subject: readonly NameAttribute[]
  readonly publicKey: KeyObject
  /** True if the request is signed with the private key of its public key. */
  readonly signed: boolean
  /** The DNS names and addresses. */
  readonly sans: AltNames
  /** The number of alternative names of other kinds, such as e-mail addresses and URIs. */
  readonly otherSans: number
  /** The object identifiers of the requested extensions, in order, with duplicates. */
  readonly extensions: readonly string[]
  /** The object identifiers of attributes other than the requested extensions. */
  readonly otherAttributes: readonly string[]
}

const extensionRequest = '1.2.840.113549.1.9.14'

/** Parses a request in PEM form. undefined unless the text is exactly one request that can be read. */
export function parseSigningRequest(pem: string): SigningRequest | undefined {
  const [block, ...more] = decodePem(pem)
  if (block?.label !== 'CERTIFICATE REQUEST' || more.length > 0) return undefined
  try {
    return decode(block.der)
  } catch {
    return undefined
  }
}

function decode(bytes: Buffer): SigningRequest {
  const [info, algorithm, signature] = children(decodeDer(bytes))
  const [version, subject, spki, ...rest] = children(must(info))
  if (content(must(version)).toString('hex') !== '00') throw new Error('the version of the request is not 1')
  const publicKey = createPublicKey({ key: encodeDer(must(spki)), format: 'der', type: 'spki' })
  const attributes = rest.filter(node => contextTag(node) === 0).flatMap(children)
  const requested = attributes.filter(node => oidIn(node) === extensionRequest)
  const extensions = requested.flatMap(extensionsIn)
  const names = extensions.filter(({ oid }) => oid === extensionOids.subjectAltName)
  const general = names.map(({ value }) => decodeDer(value))
  return {
    subject: nameAttributes(encodeDer(must(subject))),
    publicKey,
    signed: isSigned(encodeDer(must(info)), { algorithm: must(algorithm), signature: must(signature), publicKey }),
    sans: general.map(decodeAltNames).reduce(joined, noAltNames),
    otherSans: general.flatMap(children).filter(name => ![2, 7].includes(contextTag(name) ?? -1)).length,
    extensions: extensions.map(({ oid }) => oid),
    otherAttributes: attributes.map(oidIn).filter(oid => oid !== extensionRequest),
  }
}

function joined(a: AltNames, b: AltNames): AltNames {
  return { dns: [...a.dns, ...b.dns], ips: [...a.ips, ...b.ips] }
}

function oidIn(attribute: Asn1): string {
  return oidOf(must(children(attribute)[0]))
}

/** Returns the extensions of an attribute: a set with one list of them. */
function extensionsIn(attribute: Asn1): readonly { readonly oid: string; readonly value: Buffer }[] {
  const lists = children(must(children(attribute)[1]))
  return lists.flatMap(children).map(node => {
    const items = children(node)
    return { oid: oidOf(must(items[0])), value: content(must(items.at(-1))) }
  })
}

/** The hash of each signature algorithm; a key of Ed25519 has none. */
const hashes: Readonly<Record<string, string | undefined>> = {
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.3.101.112': undefined,
}

interface Signed {
  readonly algorithm: Asn1
  readonly signature: Asn1
  readonly publicKey: KeyObject
}

function isSigned(info: Buffer, { algorithm, signature, publicKey }: Signed): boolean {
  const oid = oidIn(algorithm)
  if (!Object.hasOwn(hashes, oid)) return false
  // The first byte of a bit string is the number of unused bits.
  return verify(hashes[oid], info, publicKey, content(signature).subarray(1))
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a part of the request is missing')
  return value
}
