import { matchesPattern } from '../config/name-pattern.ts'
import { fingerprint } from './known-hosts.ts'
import { readPublicKey, verifySignature } from './public-key.ts'
import { wireReader, wireString } from './wire.ts'

/** An OpenSSH certificate (PROTOCOL.certkeys). */
export interface SshCertificate {
  /** Blob of the public key that it certifies. */
  readonly key: Uint8Array
  /** Of that key: `ssh-ed25519`, ... */
  readonly keyType: string
  readonly kind: 'user' | 'host'
  readonly id: string
  readonly principals: readonly string[]
  readonly validAfter: Date
  readonly validBefore: Date
  /** Names of options that must be understood. */
  readonly critical: readonly string[]
  /** Blob of the authority's public key. */
  readonly authority: Uint8Array
  /** Over `signed`. */
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

/** What to negotiate for a certificate of a key that signs by an algorithm. */
export function certificateAlgorithm(hostKeyAlgorithm: string): string {
  return hostKeyAlgorithm + suffix
}

/** Throws RangeError or TypeError when it is not a certificate of a known type. */
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
  // Names and values take turns.
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
  /** Name under which the host is known. */
  readonly name: string
  readonly now: Date
  /** Signature types that an authority may use. */
  readonly signatures: readonly string[]
}

/** Why a certificate does not show that its key is the host's; undefined when it does. Its authority is trusted. */
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
  // One without names is for every host, as with OpenSSH.
  if (principals.length > 0 && !principals.some(pattern => matchesPattern(pattern, name)))
    return `it is for ${principals.join(', ')}, not for ${name}`
  if (critical.length > 0) return `it has unsupported critical options: ${critical.join(', ')}`
  return undefined
}

/** Latest time that JavaScript has. */
const forever = 8_640_000_000_000

function date(seconds: bigint): Date {
  return new Date(Number(seconds > BigInt(forever) ? BigInt(forever) : seconds) * 1000)
}

export interface Certified {
  /** Blob of a key that an authority vouches for. */
  readonly key?: Uint8Array
  readonly keyType?: string
  /** Why none does although known_hosts names an authority for the host. */
  readonly fault?: string
  /** How its authority is revoked. As with OpenSSH no other way to trust the host counts then. */
  readonly revoked?: string
}

/** Keys, as blobs in base64, that are refused everywhere, and the file that revokes each. */
export type RevokedKeys = ReadonlyMap<string, string>
