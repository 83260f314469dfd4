import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { KadmError } from '../errors/kadm-error.ts'
import { extensionRequest } from './create-request.ts'
import { type Asn1, children, content, contextTag, decodeDer, encodeDer, oidOf, tags } from './der.ts'
import { type NameAttribute, nameAttributes } from './name.ts'
import { decodePem } from './pem.ts'
import { extensionsIn, type RawExtension } from './tbs.ts'

/** A certificate signing request (PKCS #10), parsed but not judged. */
export interface ParsedRequest {
  readonly subject: readonly NameAttribute[]
  readonly publicKey: KeyObject
  /** The object identifiers of the key's algorithm and of its curve. */
  readonly keyAlgorithm: readonly string[]
  /** The bits of the key: of an EC key, the point. */
  readonly keyBits: Buffer
  readonly signatureAlgorithm: string
  /** True if the requester holds the private key. */
  readonly signatureValid: boolean
  readonly extensions: readonly RawExtension[]
  /** More than one could hide an extension from one reader and show it to another. */
  readonly extensionLists: number
  /** The object identifiers of attributes other than the requested extensions. */
  readonly otherAttributes: readonly string[]
}

const labels: readonly string[] = ['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST']

/** The hash of each signature algorithm that is strong enough, by object identifier. */
const signatures: Readonly<Record<string, { readonly hash?: string; readonly type: 'rsa' | 'ec' | 'ed25519' }>> = {
  '1.2.840.113549.1.1.11': { hash: 'sha256', type: 'rsa' },
  '1.2.840.113549.1.1.12': { hash: 'sha384', type: 'rsa' },
  '1.2.840.113549.1.1.13': { hash: 'sha512', type: 'rsa' },
  '1.2.840.10045.4.3.2': { hash: 'sha256', type: 'ec' },
  '1.2.840.10045.4.3.3': { hash: 'sha384', type: 'ec' },
  '1.2.840.10045.4.3.4': { hash: 'sha512', type: 'ec' },
  '1.3.101.112': { type: 'ed25519' },
}

/** True for a signature algorithm that kadm verifies: RSA or ECDSA with SHA-2, and Ed25519. */
export function isStrongSignature(oid: string): boolean {
  return Object.hasOwn(signatures, oid)
}

/** Parses the only request of a PEM text. Throws CERT_INVALID, which names `file`. */
export function parseRequest(pem: string, file: string): ParsedRequest {
  const blocks = decodePem(pem)
  const [block] = blocks
  if (block === undefined || blocks.length > 1 || !labels.includes(block.label)) {
    const found = blocks.length === 0 ? 'no PEM block' : blocks.map(({ label }) => label).join(', ')
    throw unreadable(file, `holds ${found} instead of one CERTIFICATE REQUEST`)
  }
  try {
    return decode(block.der)
  } catch (cause) {
    throw unreadable(file, 'holds a certificate signing request that cannot be read', cause)
  }
}

function unreadable(file: string, reason: string, cause?: unknown): KadmError {
  return new KadmError('CERT_INVALID', `${file} ${reason}`, {
    hint: 'create the request again with `kadm certs generate-csr`',
    cause,
  })
}

function decode(bytes: Buffer): ParsedRequest {
  const [body, algorithm, signature, ...rest] = children(decodeDer(bytes))
  const [version, subject, spki, attributes, ...more] = children(must(body))
  refuse(rest.length + more.length > 0 || content(must(version)).toString('hex') !== '00')
  const publicKey = createPublicKey({ key: encodeDer(must(spki)), format: 'der', type: 'spki' })
  const [keyAlgorithm, keyBits] = children(must(spki))
  const signatureAlgorithm = oidOf(must(children(must(algorithm))[0]))
  const signatureBytes = content(must(signature)).subarray(1)
  return {
    subject: nameAttributes(encodeDer(must(subject))),
    publicKey,
    keyAlgorithm: children(must(keyAlgorithm)).flatMap(node => (node.type === tags.oid ? [oidOf(node)] : [])),
    keyBits: content(must(keyBits)).subarray(1),
    signatureAlgorithm,
    signatureValid: isSignedBy(publicKey, signatureAlgorithm, encodeDer(must(body)), signatureBytes),
    ...decodeAttributes(attributes),
  }
}

function isSignedBy(key: KeyObject, oid: string, body: Buffer, signature: Buffer): boolean {
  const algorithm = signatures[oid]
  if (algorithm === undefined || key.asymmetricKeyType !== algorithm.type) return false
  return verify(algorithm.hash, body, key, signature)
}

function decodeAttributes(
  list: Asn1 | undefined,
): Pick<ParsedRequest, 'extensions' | 'extensionLists' | 'otherAttributes'> {
  if (list === undefined) return { extensions: [], extensionLists: 0, otherAttributes: [] }
  refuse(contextTag(list) !== 0)
  const attributes = children(list).map(node => {
    const [type, values, ...rest] = children(node)
    refuse(rest.length > 0)
    return { oid: oidOf(must(type)), values: children(must(values)) }
  })
  const requested = attributes.filter(({ oid }) => oid === extensionRequest)
  const lists = requested.flatMap(({ values }) => values)
  return {
    extensions: lists.flatMap(extensionsIn),
    extensionLists: lists.length,
    otherAttributes: attributes.filter(({ oid }) => oid !== extensionRequest).map(({ oid }) => oid),
  }
}

function refuse(wrong: boolean): void {
  if (wrong) throw new Error('the request is not well-formed')
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a part of the request is missing')
  return value
}
