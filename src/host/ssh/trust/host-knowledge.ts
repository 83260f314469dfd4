import { appendFile, chmod, mkdir, readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Duplex } from 'node:stream'
import { KadmError } from '../../../errors/kadm-error.ts'
import type { HostKeyRules, SshSettings } from '../config/config.ts'
import { fetchHostCertificate } from './certificate-fetch.ts'
import type { Certified, RevokedKeys } from './host-certificate.ts'
import { certificateAlgorithm, certificateFault, parseSshCertificate } from './host-certificate.ts'
import type { HostKnowledge } from './host-key.ts'
import {
  fingerprint,
  hostAuthorities,
  type KnownHost,
  knownKeyTypes,
  parseKnownHosts,
  revokedEntry,
} from './known-hosts.ts'

/** Reads a known_hosts file; a missing file has no entries. */
export async function readKnownHostsFile(file: string): Promise<readonly KnownHost[]> {
  return parseKnownHosts(await readFile(file, 'utf8').catch(() => ''), file)
}

/**
 * RevokedHostKeys: public keys of hosts and authorities, one per line, as base64 blobs with their files. As in OpenSSH
 * a file that cannot be read revokes all keys: throws HOST_KEY_UNKNOWN. Throws NOT_BUILT for a binary key revocation
 * list.
 */
export async function readRevokedKeys(files: readonly string[]): Promise<RevokedKeys> {
  const read = await Promise.all(
    files.map(async file => (await readRevokedFile(file)).map(key => [key, file] as const)),
  )
  return new Map(read.flat())
}

async function readRevokedFile(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'latin1').catch(cause => {
    const hint = 'kadm trusts no host key without it; make it readable, or remove RevokedHostKeys'
    throw new KadmError('HOST_KEY_UNKNOWN', `cannot read ${file} (RevokedHostKeys): ${cause.message}`, { cause, hint })
  })
  if (text.startsWith('SSHKRL\n\0')) {
    const hint = 'list the revoked public keys in it, one a line'
    throw new KadmError('NOT_BUILT', `${file} (RevokedHostKeys) is a binary revocation list, which cannot be read`, {
      hint,
    })
  }
  return text.split('\n').flatMap(line => /^(?!#)\s*\S+\s+([A-Za-z0-9+/=]+)/.exec(line)?.[1] ?? [])
}

/** Returns what an authority in known_hosts certifies for a host. Queries the server only if there is an authority. */
export async function readCertified(
  { trust, algorithms, connectTimeoutMs }: SshSettings,
  { known, revoked }: Pick<HostKnowledge, 'known' | 'revoked'>,
  dial: () => Promise<Duplex>,
  now: Date,
): Promise<Certified> {
  const authorities = hostAuthorities(known, trust.name, trust.port)
  if (authorities.length === 0) return {}
  const blob = await fetchInTime(await dial(), algorithms.hostKey.map(certificateAlgorithm), connectTimeoutMs)
  if (blob === undefined) return { fault: 'it presented no certificate' }
  try {
    return judgeCertificate(blob, { trust, known, revoked, authorities, signatures: algorithms.authority, now })
  } catch (error) {
    return { fault: `its certificate cannot be read: ${(error as Error).message}` }
  }
}

async function fetchInTime(stream: Duplex, types: readonly string[], ms: number): Promise<Uint8Array | undefined> {
  const timer = setTimeout(() => stream.destroy(new Error('it does not answer')), ms)
  return fetchHostCertificate(stream, types).finally(() => clearTimeout(timer))
}

interface Case {
  readonly trust: HostKeyRules
  readonly known: readonly KnownHost[]
  readonly revoked: RevokedKeys
  readonly authorities: readonly KnownHost[]
  readonly signatures: readonly string[]
  readonly now: Date
}

function judgeCertificate(blob: Uint8Array, rules: Case): Certified {
  const { trust, known, revoked, authorities, signatures, now } = rules
  const certificate = parseSshCertificate(blob)
  const { authority, key, keyType } = certificate
  const signer = Buffer.from(authority).toString('base64')
  if (!authorities.some(one => one.key === signer))
    return {
      fault: `its certificate is by ${fingerprint(authority)}, which known_hosts does not name as @cert-authority`,
    }
  const entry = revokedEntry(known, trust.name, trust.port, authority)
  if (entry !== undefined) return { revoked: `is marked as revoked in ${entry.file}:${entry.line}` }
  const file = revoked.get(signer)
  if (file !== undefined) return { revoked: `is revoked in ${file}` }
  const fault = certificateFault(certificate, { name: trust.name.toLowerCase(), now, signatures })
  return fault === undefined ? { key, keyType } : { fault: `its certificate is not valid: ${fault}` }
}

/** Returns key types by preference: the certified one, then those in known_hosts. */
export function wantedKeyTypes({ rules, known, certified }: HostKnowledge): readonly string[] {
  const listed = knownKeyTypes(known, rules.name, rules.port)
  return certified.keyType === undefined ? listed : [certified.keyType, ...listed]
}

/** Appends a line; a new file has mode 0600. */
export async function appendKnownHost(file: string, line: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const before = await readFile(file, 'utf8').catch(() => '')
  const gap = before === '' || before.endsWith('\n') ? '' : '\n'
  const isNew = (await stat(file).catch(() => undefined)) === undefined
  await appendFile(file, gap + line, { mode: 0o600 })
  if (isNew) await chmod(file, 0o600)
}
