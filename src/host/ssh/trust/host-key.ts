import { KadmError } from '../../../errors/kadm-error.ts'
import type { HostKeyRules } from '../config/config.ts'
import type { Credentials } from '../credentials.ts'
import type { Certified, RevokedKeys } from './host-certificate.ts'
import { checkHostKey, fingerprint, type KnownHost, keyType, knownHostLine, knownHostName } from './known-hosts.ts'
import { readPublicKey } from './public-key.ts'

/** What is known about a host before it sends its key. */
export interface HostKnowledge {
  /** As typed. */
  readonly typed: string
  readonly rules: HostKeyRules
  readonly known: readonly KnownHost[]
  readonly revoked: RevokedKeys
  /** A certified key, or why there is none. */
  readonly certified: Certified
}

/**
 * Judges the key of a host: undefined if it is known, its known_hosts line if it is new and accepted. Throws
 * HOST_KEY_UNKNOWN or HOST_KEY_CHANGED.
 */
export async function judgeHostKey(
  { typed, rules, known, revoked, certified }: HostKnowledge,
  blob: Uint8Array,
  credentials: Credentials,
): Promise<string | undefined> {
  const shown = { typed, rules, blob, fault: certified.fault }
  const revoking = revoked.get(Buffer.from(blob).toString('base64'))
  if (revoking !== undefined) throw refused(shown, `is revoked in ${revoking}`)
  if (certified.revoked !== undefined) throw revokedAuthority(shown, certified.revoked)
  const bits = keyType(blob) === 'ssh-rsa' ? (readPublicKey(blob).asymmetricKeyDetails?.modulusLength ?? 0) : Infinity
  if (bits < rules.minRsaBits) throw refused(shown, `has ${bits} bits, less than RequiredRSASize ${rules.minRsaBits}`)
  const verdict = checkHostKey(known, rules.name, rules.port, blob)
  if (verdict.kind === 'revoked') throw refused(shown, `is marked as revoked in ${place(verdict.entry)}`)
  if (certified.key !== undefined && Buffer.from(certified.key).equals(blob)) return undefined
  if (verdict.kind === 'known') return undefined
  if (verdict.kind === 'changed') throw refused(shown, `is not the key in ${place(verdict.entry)}`)
  if (!(await accepted(shown, credentials))) throw unknownKey(shown)
  return knownHostLine(rules.name, rules.port, blob, rules.hashNames)
}

interface ShownKey {
  readonly typed: string
  readonly rules: HostKeyRules
  readonly blob: Uint8Array
  /** Why its certificate is not valid. */
  readonly fault: string | undefined
}

/** A host with an invalid certificate is not accepted as new. */
async function accepted({ typed, rules, blob, fault }: ShownKey, credentials: Credentials): Promise<boolean> {
  if (rules.unknown === 'refuse' || fault !== undefined) return false
  if (rules.unknown === 'accept') return true
  const question = `the host key of ${typed} is not known: ${keyType(blob)} ${fingerprint(blob)}
trust it from now on? (yes, no, or the fingerprint): `
  const answer = (await credentials.confirm(question))?.reveal().trim()
  return answer?.toLowerCase() === 'yes' || answer === fingerprint(blob)
}

/** Returns host key algorithms by preference: those of known keys first, so that the host sends such a key. */
export function hostKeyAlgorithms(known: readonly string[], allowed: readonly string[]): readonly string[] {
  const preferred = known.flatMap(type => (type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [type]))
  return [...new Set([...preferred.filter(one => allowed.includes(one)), ...allowed])]
}

function unknownKey({ typed, blob, fault }: ShownKey): KadmError {
  const shown = `${keyType(blob)} ${fingerprint(blob)}`
  if (fault !== undefined) {
    const message = `the host key of ${typed} is not known (${shown}), and no certificate verifies it: ${fault}`
    const hint = `have the authority of @cert-authority in known_hosts sign the key of ${typed} again, or add the key itself to known_hosts`
    return new KadmError('HOST_KEY_UNKNOWN', message, { hint })
  }
  const hint =
    'compare it with `ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub` on the host, then run again with --accept-new-host-keys'
  return new KadmError('HOST_KEY_UNKNOWN', `the host key of ${typed} is not known: ${shown}`, { hint })
}

function refused({ typed, rules, blob }: ShownKey, why: string): KadmError {
  const message = `the host key of ${typed} (${keyType(blob)} ${fingerprint(blob)}) ${why}`
  const name = knownHostName(rules.name, rules.port)
  const hint = `the connection may be intercepted; if the host was reinstalled, remove its old key with \`ssh-keygen -R '${name}'\``
  return new KadmError('HOST_KEY_CHANGED', message, { hint })
}

function revokedAuthority({ typed }: ShownKey, how: string): KadmError {
  const message = `the authority that signed the host key of ${typed} ${how}`
  const hint = `have an authority that is trusted sign the key of ${typed}, or remove its certificate (HostCertificate) from the host`
  return new KadmError('HOST_KEY_CHANGED', message, { hint })
}

function place(entry: KnownHost): string {
  return `${entry.file}:${entry.line}`
}
