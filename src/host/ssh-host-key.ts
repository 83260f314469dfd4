import { KadmError } from '../errors/kadm-error.ts'
import { checkHostKey, fingerprint, type KnownHost, keyType, knownHostLine, knownHostName } from './known-hosts.ts'
import type { SshSettings } from './ssh-config.ts'

/** What becomes of a host key: undefined when it is known, a line to add when it is new and may be accepted. */
export function judgeHostKey(settings: SshSettings, known: readonly KnownHost[], blob: Uint8Array): string | undefined {
  const verdict = checkHostKey(known, settings.knownAs, settings.port, blob)
  if (verdict.kind === 'known') return undefined
  if (verdict.kind === 'revoked') throw refused(settings, blob, `is marked as revoked in ${place(verdict.entry)}`)
  if (verdict.kind === 'changed') throw refused(settings, blob, `is not the key in ${place(verdict.entry)}`)
  if (!settings.acceptNewHostKeys) throw unknownKey(settings, blob)
  return knownHostLine(settings.knownAs, settings.port, blob, settings.hashKnownHosts)
}

/** Host key algorithms by preference: what known_hosts lists comes first, so that the server shows that key. */
export function hostKeyAlgorithms(listed: readonly string[]): readonly string[] {
  const preferred = listed.flatMap(type => signatures[type] ?? [type])
  return [...new Set([...preferred, ...all])]
}

const rsa = ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa']
const signatures: Readonly<Record<string, readonly string[]>> = { 'ssh-rsa': rsa }
const all = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', ...rsa]

function unknownKey(settings: SshSettings, blob: Uint8Array): KadmError {
  const message = `the host key of ${settings.host} is not known: ${keyType(blob)} ${fingerprint(blob)}`
  const hint =
    'compare it with `ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub` on the machine, then run again with --accept-new-host-keys'
  return new KadmError('HOST_KEY_UNKNOWN', message, { hint })
}

function refused(settings: SshSettings, blob: Uint8Array, why: string): KadmError {
  const message = `the host key of ${settings.host} (${keyType(blob)} ${fingerprint(blob)}) ${why}`
  const name = knownHostName(settings.knownAs, settings.port)
  const hint = `somebody may be listening in; when the machine was installed anew, remove its old key with \`ssh-keygen -R '${name}'\``
  return new KadmError('HOST_KEY_CHANGED', message, { hint })
}

function place(entry: KnownHost): string {
  return `${entry.file}:${entry.line}`
}
