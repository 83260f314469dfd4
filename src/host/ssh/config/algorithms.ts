import { getCiphers } from 'node:crypto'
import { KadmError } from '../../../errors/kadm-error.ts'
import { matchesPattern } from './name-pattern.ts'

/** The allowed algorithms, in order of preference. */
export interface SshAlgorithms {
  readonly kex: readonly string[]
  readonly hostKey: readonly string[]
  readonly cipher: readonly string[]
  readonly mac: readonly string[]
  readonly compress: readonly string[]
  /** Types of keys for authentication. */
  readonly userKey: readonly string[]
  /** Signatures of certificate authorities on host certificates. */
  readonly authority: readonly string[]
}

type Kind = keyof SshAlgorithms

/** OpenSSH's defaults that kadm supports. */
const defaults: SshAlgorithms = {
  kex: [
    ...['curve25519-sha256', 'curve25519-sha256@libssh.org', 'ecdh-sha2-nistp256', 'ecdh-sha2-nistp384'],
    ...['ecdh-sha2-nistp521', 'diffie-hellman-group-exchange-sha256', 'diffie-hellman-group16-sha512'],
    ...['diffie-hellman-group18-sha512', 'diffie-hellman-group14-sha256'],
  ],
  hostKey: [
    ...['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'],
    ...['rsa-sha2-512', 'rsa-sha2-256'],
  ],
  // AES-GCM first: the processor accelerates it, and it needs no separate MAC.
  cipher: [
    ...['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes192-ctr', 'aes256-ctr'],
    // A FIPS build of OpenSSL does not have it.
    ...(getCiphers().includes('chacha20') ? ['chacha20-poly1305@openssh.com'] : []),
  ],
  mac: [
    ...['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha1-etm@openssh.com'],
    ...['hmac-sha2-256', 'hmac-sha2-512', 'hmac-sha1'],
  ],
  compress: ['none', 'zlib@openssh.com'],
  userKey: [
    ...['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'],
    ...['rsa-sha2-512', 'rsa-sha2-256'],
  ],
  authority: [
    ...['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'],
    ...['rsa-sha2-512', 'rsa-sha2-256'],
  ],
}

/** Algorithms that kadm supports in addition to the defaults, if configured by name. */
const more: Partial<Record<Kind, readonly string[]>> = {
  kex: ['diffie-hellman-group-exchange-sha1', 'diffie-hellman-group14-sha1', 'diffie-hellman-group1-sha1'],
  hostKey: ['ssh-rsa'],
  cipher: ['aes256-cbc', 'aes192-cbc', 'aes128-cbc', '3des-cbc'],
  userKey: ['ssh-rsa'],
}

const settings: Readonly<Record<string, Kind>> = {
  KexAlgorithms: 'kex',
  HostKeyAlgorithms: 'hostKey',
  Ciphers: 'cipher',
  MACs: 'mac',
  PubkeyAcceptedAlgorithms: 'userKey',
  CASignatureAlgorithms: 'authority',
}

/**
 * Returns the algorithms that a configuration allows; `value` returns its text by keyword. Throws NOT_BUILT if kadm
 * supports none of them.
 */
export function chooseAlgorithms(value: (keyword: string) => string | undefined): SshAlgorithms {
  const chosen = Object.entries(settings).map(([keyword, kind]) => {
    const wanted = value(keyword.toLowerCase())
    const list = wanted === undefined ? defaults[kind] : choose(wanted, kind)
    if (list.length === 0) throw noneLeft(keyword, wanted ?? '', kind)
    return [kind, list] as const
  })
  const compress = value('compression')?.toLowerCase() === 'yes' ? [...defaults.compress].reverse() : defaults.compress
  return { ...defaults, ...Object.fromEntries(chosen), compress }
}

/** `+a,b` adds to the defaults, `-a,b*` removes from them, `^a,b` puts in front; anything else replaces the list. */
function choose(wanted: string, kind: Kind): readonly string[] {
  const known = [...defaults[kind], ...(more[kind] ?? [])]
  const [, sign = '', names = ''] = /^([-+^]?)(.*)$/s.exec(wanted) ?? []
  const patterns = names.split(',')
  const named = patterns.flatMap(pattern => known.filter(one => matchesPattern(pattern, one)))
  const others = defaults[kind].filter(one => !named.includes(one))
  const unique = [...new Set(named)]
  if (sign === '-') return others
  if (sign === '+') return [...defaults[kind], ...unique.filter(one => !defaults[kind].includes(one))]
  return sign === '^' ? [...unique, ...others] : unique
}

function noneLeft(keyword: string, wanted: string, kind: Kind): KadmError {
  const known = [...defaults[kind], ...(more[kind] ?? [])].join(', ')
  const hint = `allow one of ${known}`
  return new KadmError(
    'NOT_BUILT',
    `the SSH configuration has ${keyword} ${wanted}, but kadm supports none of these algorithms`,
    {
      hint,
    },
  )
}
