import { createPublicKey, type KeyObject } from 'node:crypto'
import { type AltNames, encodeAltNames } from './alt-names.ts'
import { children, decodeDer, der, encodeDer } from './der.ts'
import { extension, extensionOids, hasAltNames, spkiOf } from './extensions.ts'
import { decodeName, encodeName, type Subject } from './name.ts'
import { decodePem, encodePem } from './pem.ts'
import { signed } from './signature.ts'

const extensionRequest = '1.2.840.113549.1.9.14'

export interface SigningRequest {
  readonly subject: Subject
  readonly sans: AltNames
  readonly key: KeyObject
}

/** A certificate signing request as kubeadm makes it: subject and alternative names, no usages; gives PEM. */
export function createSigningRequest({ subject, sans, key }: SigningRequest): string {
  const attributes = hasAltNames(sans)
    ? [
        der.sequence(
          der.oid(extensionRequest),
          der.setOf(der.sequence(extension(extensionOids.subjectAltName, encodeAltNames(sans)))),
        ),
      ]
    : []
  const body = der.sequence(
    der.integer(0n),
    decodeDer(encodeName(subject)),
    decodeDer(spkiOf(createPublicKey(key))),
    der.tagged(0, ...attributes),
  )
  return encodePem('CERTIFICATE REQUEST', encodeDer(signed(body, encodeDer(body), key)))
}

/** The common name that a signing request asks for; undefined when it is none. */
export function readRequestName(pem: string): string | undefined {
  try {
    const [block] = decodePem(pem)
    const [body] = block === undefined ? [] : children(decodeDer(block.der))
    const [, name] = body === undefined ? [] : children(body)
    return name === undefined ? undefined : decodeName(encodeDer(name)).commonName
  } catch {
    return undefined
  }
}
