import type { KeyObject } from 'node:crypto'
import { type AltNames, decodeAltNames, noAltNames } from './alt-names.ts'
import { children, contextTag, decodeDer } from './der.ts'
import { extensionOids } from './extensions.ts'
import type { NameAttribute } from './name.ts'
import { decodePem } from './pem.ts'
import { parseRequest } from './read-request.ts'

/** A request for a certificate as the cluster stores it. */
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

/** Parses a request in PEM form. undefined unless the text is exactly one request that can be read. */
export function parseSigningRequest(pem: string): SigningRequest | undefined {
  try {
    // The API server knows no other label.
    return decodePem(pem)[0]?.label === 'CERTIFICATE REQUEST' ? read(pem) : undefined
  } catch {
    return undefined
  }
}

function read(pem: string): SigningRequest {
  const { subject, publicKey, signatureValid, extensions, otherAttributes } = parseRequest(pem, 'the request')
  const names = extensions.filter(({ oid }) => oid === extensionOids.subjectAltName)
  const general = names.map(({ value }) => decodeDer(value))
  return {
    ...{ subject, publicKey, signed: signatureValid, otherAttributes },
    sans: general.map(decodeAltNames).reduce(joined, noAltNames),
    otherSans: general.flatMap(children).filter(name => ![2, 7].includes(contextTag(name) ?? -1)).length,
    extensions: extensions.map(({ oid }) => oid),
  }
}

function joined(a: AltNames, b: AltNames): AltNames {
  return { dns: [...a.dns, ...b.dns], ips: [...a.ips, ...b.ips] }
}
