import { createPublicKey, type KeyObject } from 'node:crypto'
import { type AltNames, encodeAltNames } from './alt-names.ts'
import { decodeDer, der, encodeDer } from './der.ts'
import { extension, extensionOids, hasAltNames, spkiOf } from './extensions.ts'
import { encodeName, type Subject } from './name.ts'
import { encodePem } from './pem.ts'
import { signed } from './signature.ts'

/** The attribute of a request that contains the requested extensions (PKCS #9). */
export const extensionRequest = '1.2.840.113549.1.9.14'

interface RequestInput {
  readonly subject: Subject
  readonly sans: AltNames
  readonly key: KeyObject
}

/**
 * Creates a certificate signing request as kubeadm and kubelets do: subject and alternative names, no usages. Returns
 * PEM.
 */
export function createSigningRequest({ subject, sans, key }: RequestInput): string {
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
