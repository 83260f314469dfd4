import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { extensionRequest } from '../../src/pki/create-request.ts'
import { type Asn1, decodeDer, der, encodeDer } from '../../src/pki/der.ts'
import { extension, extensionOids, spkiOf, usageOids } from '../../src/pki/extensions.ts'
import { encodeName, type Subject } from '../../src/pki/name.ts'
import { encodePem } from '../../src/pki/pem.ts'

export const ecKey = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey

export interface HostileRequest {
  readonly version?: bigint
  readonly subject?: Asn1
  readonly key?: KeyObject
  /** The SubjectPublicKeyInfo, if it is not that of the key. */
  readonly spki?: Uint8Array
  readonly signer?: KeyObject
  readonly hash?: string
  readonly algorithm?: string
  readonly extensions?: readonly Asn1[]
  readonly attributes?: readonly Asn1[]
  readonly label?: string
  /** Appended to the members of the request. */
  readonly more?: readonly Asn1[]
}

const ecdsaSha256 = '1.2.840.10045.4.3.2'

/** Creates a request with any part replaced. Returns PEM. */
export function hostileRequest(asked: HostileRequest = {}): string {
  const { key = ecKey, signer = key, hash = 'sha256', algorithm = ecdsaSha256, extensions, more = [] } = asked
  const body = der.sequence(
    der.integer(asked.version ?? 0n),
    asked.subject ?? subject({ commonName: 'kube-apiserver', organizations: [] }),
    decodeDer(asked.spki ?? spkiOf(createPublicKey(key))),
    der.tagged(0, ...(asked.attributes ?? [requested(...(extensions ?? [names(dns('kubernetes.default.svc'))]))])),
  )
  const signature = sign(hash, encodeDer(body), signer)
  const whole = der.sequence(body, der.sequence(der.oid(algorithm)), der.bits(signature), ...more)
  return encodePem(asked.label ?? 'CERTIFICATE REQUEST', encodeDer(whole))
}

export const subject = (wanted: Subject) => decodeDer(encodeName(wanted))
export const requested = (...extensions: readonly Asn1[]) =>
  der.sequence(der.oid(extensionRequest), der.setOf(der.sequence(...extensions)))
export const attribute = (oid: string, text: string) => der.sequence(der.oid(oid), der.setOf(der.string(19, text)))
export const dns = (name: string) => der.implicit(2, Buffer.from(name, 'latin1'))
export const names = (...entries: readonly Asn1[]) => extension(extensionOids.subjectAltName, der.sequence(...entries))
export const basicConstraints = (...parts: readonly Asn1[]) =>
  extension(extensionOids.basicConstraints, der.sequence(...parts))
export const keyUsage = (...bytes: readonly number[]) =>
  extension(extensionOids.keyUsage, der.bits(Uint8Array.from(bytes)))
export const extendedKeyUsage = (...oids: readonly string[]) =>
  extension(extensionOids.extendedKeyUsage, der.sequence(...oids.map(der.oid)))
export const { serverAuth, clientAuth } = usageOids
