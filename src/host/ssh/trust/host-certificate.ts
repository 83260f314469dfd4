import { matchesPattern } from '../config/name-pattern.ts'
import { fingerprint } from './known-hosts.ts'
import { readPublicKey, verifySignature } from './public-key.ts'
import { wireReader, wireString } from './wire.ts'

/** An OpenSSH certificate (PROTOCOL.certkeys). */
export interface SshCertificate {
  /** Blob of the certified public key. */
  readonly key: Uint8Array
  /** The type of that key: `ssh-ed25519`, ... */
  readonly keyType: string
  readonly kind: 'user' | 'host'
  readonly id: string
  readonly principals: readonly string[]
  readonly validAfter: Date
  readonly validBefore: Date
  /** Names of critical options. */
  readonly critical: readonly string[]
  /** Blob of the authority's public key. */
  readonly authority: Uint8Array
  /** Signature over `signed`. */
  readonly signature: Uint8Array
  readonly signed: Uint8Array
}

const suffix = '-cert-v01@openssh.com'

/** Fields of the public key inside a certificate. */
const keyFields: Readonly<Record<string, number>> = {
  'ssh-ed25519': 1,
  'ssh-rsa': 2,
  'ecdsa-sha2-nistp256': 2,
  'ecdsa-sha2-nistp384': 2,
  'ecdsa-sha2-nistp521': 2,
}

/** Returns the certificate algorithm of a host key algorithm. */
export function certificateAlgorithm(hostKeyAlgorithm: string): string {
  return hostKeyAlgorithm + suffix
}

/** Throws RangeError or TypeError if it is not a certificate of a known type. */
export function parseSshCertificate(blob: Uint8Array): SshCertificate {
  const reader = wireReader(blob)
  const type = reader.text()
  const keyType = type.endsWith(suffix) ? type.slice(0, -suffix.length) : ''
  const fields = keyFields[keyType]
  if (fields === undefined) throw new TypeError(`${type} is not a type of certificate that can be used`)
  reader.string() // nonce
  const parts = Array.from({ length: fields }, () => wireString(reader.string()))
  reader.uint64() // serial number
  const kind = reader.uint32()
  if (kind !== 1 && kind !== 2) throw new TypeError(`${kind} is not a kind of certificate`)
  const id = reader.text()
  const principals = reader.list()
  const [validAfter, validBefore] = [date(reader.uint64()), date(reader.uint64())]
  // Names and values alternate.
  const critical = reader.list().filter((_, index) => index % 2 === 0)
  reader.string() // extensions
  reader.string() // reserved
  const authority = reader.string()
  const signed = blob.subarray(0, reader.position())
  const signature = reader.string()
  const key = Buffer.concat([wireString(keyType), ...parts])
  const names = { key, keyType, kind: kind === 1 ? 'user' : 'host', id, principals } as const
  return { ...names, validAfter, validBefore, critical, authority, signature, signed }
}

export interface CertificateDemands {
  /** Name of the host in known_hosts. */
  readonly name: string
  readonly now: Date
  /** Signature types that an authority can use. */
  readonly signatures: readonly string[]
}

/** Returns why a certificate does not certify the host's key; undefined if it does. Its authority is trusted. */
export function certificateFault(
  certificate: SshCertificate,
  { name, now, signatures }: CertificateDemands,
): string | undefined {
  const { kind, principals, validAfter, validBefore, critical, authority, signature, signed } = certificate
  const type = wireReader(signature).text()
  if (!signatures.includes(type)) return `its signature is of the type ${type}, which is not allowed`
  if (!verifySignature(readPublicKey(authority), signed, signature))
    return `its signature is not that of ${fingerprint(authority)}`
  if (kind !== 'host') return 'it is a user certificate, not a host certificate'
  if (now < validAfter) return `it is valid from ${validAfter.toISOString()} only`
  if (now >= validBefore) return `it expired on ${validBefore.toISOString()}`
  // As in OpenSSH, a certificate without names is valid for every host.
  if (principals.length > 0 && !principals.some(pattern => matchesPattern(pattern, name)))
    return `it is for ${principals.join(', ')}, not for ${name}`
  if (critical.length > 0) return `it has unsupported critical options: ${critical.join(', ')}`
  return undefined
}

/** The latest time in JavaScript. */
const forever = 8_640_000_000_000

function date(seconds: bigint): Date {
  return new Date(Number(seconds > BigInt(forever) ? BigInt(forever) : seconds) * 1000)
}

export interface Certified {
  /** Blob of a certified key. */
  readonly key?: Uint8Array
  readonly keyType?: string
  /** Why no key is certified although known_hosts has an authority for the host. */
  readonly fault?: string
  /** How its authority is revoked. As in OpenSSH the host cannot be trusted in another way then. */
  readonly revoked?: string
}

/** Revoked keys as base64 blobs, with the file that revokes each. */
export type RevokedKeys = ReadonlyMap<string, string>
