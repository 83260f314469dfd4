import { isKadmError, KadmError } from '../errors/kadm-error.ts'
import type { Authentication } from './ssh-authentication.ts'
import type { SshSettings } from './ssh-config.ts'

interface Way {
  readonly settings: SshSettings
  /** What is wrong with keys. */
  readonly notes: readonly string[]
}

type Proof = Pick<Authentication, 'tried' | 'offered' | 'locked' | 'outdated'>

/** sshd's reason for hanging up after too many keys (RFC 4253, 11.1). */
const protocolError = 2

/** Why logging in failed, from what ssh2 or the connection threw: HOST_AUTH or HOST_UNREACHABLE, unless it is told already. */
export function logInError(error: unknown, way: Way, proof: Proof): KadmError {
  if (isKadmError(error)) return error
  const { level, code, message } = error as Error & { level?: string; code?: unknown }
  const tooMany = code === protocolError && /too many authentication failures/i.test(message)
  if (level === 'client-authentication' || tooMany) return notLetIn(error, way, proof, tooMany)
  return unreachable(way.settings, error)
}

/** The machine cannot be reached, or what answers does not speak SSH. */
export function unreachable(settings: SshSettings, error: unknown): KadmError {
  if (isKadmError(error) && error.code !== 'HOST_CONNECT') return error
  const { user, host, port, proxyJump, proxyCommand } = settings
  const jump = proxyJump === undefined ? '' : ` -J ${proxyJump}`
  const words = proxyCommand === undefined ? `ssh${jump} ${user}@${host} -p ${port} true` : `ssh ${settings.typed} true`
  const message = `cannot reach ${user}@${host}:${port}: ${(error as Error).message}`
  const hint = (isKadmError(error) ? error.hint : undefined) ?? `check that \`${words}\` works from here`
  return new KadmError('HOST_UNREACHABLE', message, { hint, cause: error })
}

export function passwordExpired({ user, typed }: SshSettings): KadmError {
  const hint = `log in with \`ssh ${user}@${typed}\`, which lets you change it, then run again`
  return new KadmError('HOST_AUTH', `the password of ${user} on ${typed} has expired`, { hint })
}

function notLetIn(
  cause: unknown,
  { settings, notes }: Way,
  { tried, offered, locked, outdated }: Proof,
  tooMany: boolean,
): KadmError {
  const { user, host, port, logIn } = settings
  const what = [...new Set(tried)]
  const shown = what.length === 0 ? 'there was nothing to offer' : `tried ${what.join(', ')}`
  const takesPassword = ['password', 'keyboard-interactive'].some(method => offered().includes(method))
  const certificates = logIn.certificateFiles.map(file => `${file} is a certificate of a user, which cannot be shown`)
  const advice = [
    ...locked.map(
      key => `${key} needs its passphrase: run on a terminal, set KADM_SSH_KEY_PASSPHRASE, or \`ssh-add ${key}\``,
    ),
    ...outdated.map(
      key =>
        `the server takes ${key} with SHA-1 alone: use a key of another type, or set PubkeyAcceptedAlgorithms +ssh-rsa`,
    ),
    ...notes,
    ...certificates,
    ...(tooMany
      ? [`the server stops after so many keys: name the right one with IdentityFile and set IdentitiesOnly yes`]
      : []),
    ...(takesPassword && !what.includes('a password')
      ? ['it takes a password: run on a terminal, or set KADM_SSH_PASSWORD']
      : []),
    `add a public key of yours to ~/.ssh/authorized_keys of ${user} on ${host}`,
  ]
  const message = `${user}@${host}:${port} does not let us in: ${shown}`
  return new KadmError('HOST_AUTH', message, { hint: advice.join('; '), cause })
}
