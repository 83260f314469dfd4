import { isKadmError, KadmError } from '../../../errors/kadm-error.ts'
import type { SshSettings } from '../config/config.ts'
import type { Authentication } from './authentication.ts'

interface Way {
  readonly settings: SshSettings
  /** Problems of keys. */
  readonly notes: readonly string[]
}

interface Proof extends Pick<Authentication, 'tried' | 'taken' | 'offered' | 'locked' | 'outdated'> {
  /** What the server printed. */
  readonly said: string
}

/** sshd's reason code for disconnecting after too many keys (RFC 4253, 11.1). */
const protocolError = 2

/**
 * Returns the cause of a failed login from the error of ssh2 or the connection: HOST_AUTH or HOST_UNREACHABLE, unless
 * it is already reported.
 */
export function logInError(error: unknown, way: Way, proof: Proof): KadmError {
  if (isKadmError(error)) return error
  const { level, code, message } = error as Error & { level?: string; code?: unknown }
  const tooMany = code === protocolError && /too many authentication failures/i.test(message)
  if (level === 'client-authentication' || tooMany) return notLetIn(error, way, proof, tooMany)
  return sshUnreachable(way.settings, error, proof)
}

/** Texts of servers that end a login, and hints. */
const hints: readonly (readonly [RegExp, string])[] = [
  [
    /unprivileged users|booting up|shutting down|going down|nologin/i,
    'wait until the host has started, or remove /run/nologin or /etc/nologin there; root can still log in',
  ],
  [/account has expired|account expired/i, 'ask an administrator of the host to extend it: `chage -E -1 USER`'],
  [
    /MaxStartups|too many connections|not allowed at this time/i,
    'wait a moment, then run the same command again; MaxStartups and PerSourceMaxStartups in sshd_config limit concurrent logins',
  ],
]

/** sshd disconnects without a text if PAM rejects the account of an accepted key. */
const keptOut =
  'the account cannot log in now: check on the host whether /run/nologin or /etc/nologin exists, whether the account has expired (`chage -l USER`), and the output of `journalctl -u ssh -u sshd`'

/** Returns the server's last line: a general banner precedes what concerns this login. */
function finalError(said: string): string {
  const last = said.split('\n').at(-1) ?? ''
  return last === '' ? '' : `; server message: ${last}`
}

/** Returns the error for a host that is unreachable, or does not speak SSH. */
export function sshUnreachable(
  settings: SshSettings,
  error: unknown,
  proof?: Pick<Proof, 'said' | 'taken'>,
): KadmError {
  if (isKadmError(error) && error.code !== 'HOST_CONNECT' && error.code !== 'HOST_CHANNEL') return error
  const { user, host, port, proxyJump, proxyCommand } = settings
  const jump = proxyJump === undefined ? '' : ` -J ${proxyJump}`
  const words = proxyCommand === undefined ? `ssh${jump} ${user}@${host} -p ${port} true` : `ssh ${settings.typed} true`
  const { said = '', taken = [] } = proof ?? {}
  const took = taken.length === 0 ? '' : `, after it accepted the key ${taken.at(-1)}`
  const reason = `${(error as Error).message}${took}`
  const message = `cannot reach ${user}@${host}:${port}: ${reason}${finalError(said)}`
  const known = hints.find(([pattern]) => pattern.test(`${said}\n${reason}`))?.[1]
  const advice = known ?? (taken.length === 0 ? undefined : keptOut)
  const hint = (isKadmError(error) ? error.hint : undefined) ?? advice ?? `check that \`${words}\` works on this host`
  return new KadmError('HOST_UNREACHABLE', message, { hint, cause: error, ...(said === '' ? {} : { output: said }) })
}

export function passwordExpired({ user, typed }: Pick<SshSettings, 'user' | 'typed'>): KadmError {
  const hint = `log in with \`ssh ${user}@${typed}\`, which lets you change it, then run again`
  return new KadmError('HOST_AUTH', `the password of ${user} on ${typed} has expired`, { hint })
}

function notLetIn(
  cause: unknown,
  { settings, notes }: Way,
  { tried, offered, locked, outdated, said }: Proof,
  tooMany: boolean,
): KadmError {
  const { user, host, port, logIn } = settings
  const what = [...new Set(tried)]
  const shown = what.length === 0 ? 'there were no keys or passwords to offer' : `tried ${what.join(', ')}`
  const takesPassword = ['password', 'keyboard-interactive'].some(method => offered().includes(method))
  const certificates = logIn.certificateFiles.map(file => `${file} is a user certificate, which kadm does not support`)
  const advice = [
    ...locked.map(
      key => `${key} needs its passphrase: run on a terminal, set KADM_SSH_KEY_PASSPHRASE, or \`ssh-add ${key}\``,
    ),
    ...outdated.map(
      key =>
        `the server accepts ${key} only with SHA-1: use a key of another type, or set PubkeyAcceptedAlgorithms +ssh-rsa`,
    ),
    ...notes,
    ...certificates,
    ...(tooMany
      ? [`the server limits the number of keys: set the right one with IdentityFile and set IdentitiesOnly yes`]
      : []),
    ...(takesPassword && !what.includes('a password')
      ? ['it accepts a password: run in a terminal, or set KADM_SSH_PASSWORD']
      : []),
    `add a public key of yours to ~/.ssh/authorized_keys of ${user} on ${host}`,
  ]
  const message = `SSH authentication failed for ${user}@${host}:${port} (${shown})`
  return new KadmError('HOST_AUTH', message, {
    hint: advice.join('; '),
    cause,
    ...(said === '' ? {} : { output: said }),
  })
}
