import { createHash, createHmac, randomBytes } from 'node:crypto'
import { given } from '../../../cluster/given.ts'
import { matchesList } from '../config/name-pattern.ts'

/** One line of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export interface KnownHost {
  readonly file: string
  /** One-based. */
  readonly line: number
  /** `revoked` keys are rejected; `cert-authority` lines do not apply to plain keys. */
  readonly marker?: string
  /** Patterns separated by commas, or one hashed name. */
  readonly names: string
  /** Base64 of the public key. */
  readonly key: string
  /** `ssh-ed25519`, `ssh-rsa`, ... */
  readonly type: string
}

export type KeyVerdict =
  | { readonly kind: 'known' | 'unknown' }
  | { readonly kind: 'changed' | 'revoked'; readonly entry: KnownHost }

/** Key types whose host keys can be verified. Lines of other types never match and are skipped. */
const verifiable = /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521))$/

/** Parses a known_hosts file. As in OpenSSH, unknown lines are ignored. */
export function parseKnownHosts(text: string, file: string): readonly KnownHost[] {
  return text.split('\n').flatMap((line, index) => {
    const words = line.trim().split(/\s+/)
    const marker = words[0]?.startsWith('@') ? words.shift()?.slice(1) : undefined
    const [names, type, key] = words
    if (names === undefined || names.startsWith('#') || type === undefined || key === undefined) return []
    return [{ file, line: index + 1, names, type, key, ...given({ marker }) }]
  })
}

/** Returns the name of a host in known_hosts: the port is included unless it is 22. */
export function knownHostName(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`
}

/**
 * Judges a host key (raw public key blob). A listed host without this key has changed: the listed types are negotiated
 * first, so it would have sent the listed key. As in OpenSSH, a key that is listed for the name without the port is
 * known on every port.
 */
export function checkHostKey(entries: readonly KnownHost[], host: string, port: number, blob: Uint8Array): KeyVerdict {
  const key = Buffer.from(blob).toString('base64')
  const plain = host.toLowerCase()
  const revoked = revokedEntry(entries, host, port, blob)
  if (revoked !== undefined) return { kind: 'revoked', entry: revoked }
  const usable = entries.filter(one => one.marker === undefined && verifiable.test(one.type))
  const listed = usable.filter(one => matchesName(one.names, knownHostName(host, port)))
  if (listed.some(one => one.key === key)) return { kind: 'known' }
  if (listed[0] !== undefined) {
    const entry = listed.find(one => one.type === keyType(blob)) ?? listed[0]
    return { kind: 'changed', entry }
  }
  return { kind: usable.some(one => matchesName(one.names, plain) && one.key === key) ? 'known' : 'unknown' }
}

/** Returns the line that revokes a key, of a host or of an authority, for a host. */
export function revokedEntry(
  entries: readonly KnownHost[],
  host: string,
  port: number,
  blob: Uint8Array,
): KnownHost | undefined {
  const key = Buffer.from(blob).toString('base64')
  return entries.find(one => one.marker === 'revoked' && one.key === key && names(one, host, port))
}

/** Returns the authorities whose certificates are valid for a host. */
export function hostAuthorities(entries: readonly KnownHost[], host: string, port: number): readonly KnownHost[] {
  return entries.filter(one => one.marker === 'cert-authority' && names(one, host, port))
}

/** Returns the key types that are listed for a host, to be negotiated first. */
export function knownKeyTypes(entries: readonly KnownHost[], host: string, port: number): readonly string[] {
  const usable = entries.filter(one => one.marker === undefined && verifiable.test(one.type))
  return [...new Set(usable.filter(one => names(one, host, port)).map(one => one.type))]
}

/** Returns the known_hosts line of a key, with a hashed name on request (HashKnownHosts). Ends in a newline. */
export function knownHostLine(host: string, port: number, blob: Uint8Array, hashed = false): string {
  const name = knownHostName(host, port)
  return `${hashed ? hashName(name) : name} ${keyType(blob)} ${Buffer.from(blob).toString('base64')}\n`
}

/** Returns `SHA256:…` as ssh-keygen -l prints it. */
export function fingerprint(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
}

/** Returns the type in a public key blob (RFC 4253, 6.6). */
export function keyType(blob: Uint8Array): string {
  const bytes = Buffer.from(blob)
  return bytes.length < 4 ? '' : bytes.toString('latin1', 4, 4 + bytes.readUInt32BE(0))
}

function names(entry: KnownHost, host: string, port: number): boolean {
  return matchesName(entry.names, knownHostName(host, port)) || matchesName(entry.names, host.toLowerCase())
}

/** A negated pattern that matches excludes the whole line. */
function matchesName(patterns: string, name: string): boolean {
  if (patterns.startsWith('|')) return matchesHash(patterns, name)
  return matchesList(patterns.toLowerCase().split(','), name)
}

function matchesHash(hashed: string, name: string): boolean {
  const [, version, salt = '', hash] = hashed.split('|')
  return version === '1' && hmac(Buffer.from(salt, 'base64'), name) === hash
}

function hashName(name: string): string {
  const salt = randomBytes(20)
  return `|1|${salt.toString('base64')}|${hmac(salt, name)}`
}

function hmac(salt: Uint8Array, name: string): string {
  return createHmac('sha1', salt).update(name).digest('base64')
}
