import type { Secret } from '../../cluster/secret.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import type { Output, Transport } from '../host.ts'
import { quote } from '../quote.ts'
import type { SshConnection } from './access.ts'
import { type Askpass, openAskpass } from './askpass.ts'
import type { Credentials } from './credentials.ts'
import { passwordExpired } from './log-in/error.ts'

/** How the login user becomes root. */
export interface RootWay {
  /** Words before a command; none for root. */
  readonly words: readonly string[]
  /** Sessions that stay open as long as the connection. */
  readonly sessions: number
  /** Releases its resources on the host. */
  close(): Promise<void>
}

/** Commands run as the login user. */
export const asLoginUser: RootWay = { words: [], sessions: 0, close: async () => {} }
const withoutPassword: RootWay = { words: ['sudo', '-n', '--'], sessions: 0, close: async () => {} }

/**
 * Exit code of the probe if the login user is already root. With -k and a command, sudo ignores its cached credentials
 * without deleting them: they could expire in the middle of the run.
 */
const isRoot = 64
const probe = `[ "$(id -u)" != 0 ] || exit ${isRoot}; exec sudo -k -n -- true`

/**
 * Finds how the login user becomes root: it is root, sudo needs no password, or sudo accepts a password of
 * `credentials`. Throws HOST_SUDO otherwise.
 */
export async function becomeRoot(
  connection: Pick<SshConnection, 'client' | 'link' | 'settings'>,
  asUser: Pick<Transport, 'run'>,
  credentials: Credentials,
): Promise<RootWay> {
  const { settings } = connection
  const { user, typed, logIn } = settings
  if (user === 'root') return asLoginUser
  const answer = await asUser.run(probe, { what: 'sudo -n true' })
  if (answer.code === isRoot) return asLoginUser
  if (answer.code === 0) return withoutPassword
  // sshd accepts a login with an expired password, then runs only the program that changes it.
  if (/password change required/i.test(answer.stderr)) throw passwordExpired(settings)
  if (answer.code === 127) throw cannot(settings, 'needs sudo, which is not installed', answer)
  const of = `${user}@${settings.host}:${settings.port}`
  const question = `sudo password of ${user} on ${typed}: `
  let wrong: Secret | undefined
  for (let round = 0; round < logIn.prompts; round++) {
    const wanted = { kind: 'sudoPassword', of, question, wrong, silent: logIn.batch } as const
    const password = await credentials.get(wanted)
    if (password === undefined) break
    const way = await tryPassword(connection, asUser, password)
    if ('words' in way) return way
    if (!way.wrong) throw cannot(settings, 'is not allowed to become root, even with a password', way.output)
    wrong = password
  }
  throw wrong === undefined ? needsPassword(settings, answer) : wrongPassword(settings)
}

type Refused = { readonly wrong: boolean; readonly output: Output }

async function tryPassword(
  connection: Pick<SshConnection, 'client' | 'link' | 'settings'>,
  asUser: Pick<Transport, 'run'>,
  password: Secret,
): Promise<RootWay | Refused> {
  let proven = false
  // An unverified password is sent once: sudo logs three wrong answers as an attack.
  const askpass = await openAskpass(connection, asks => (proven || asks === 1 ? password : undefined))
  const sudo = ['env', `SUDO_ASKPASS=${askpass.program}`, 'sudo', '-A', ...promptWords(askpass)]
  const words = [...sudo, '--']
  const output = await asUser.run(`exec ${quote([...sudo, '-k', '--', 'true'])}`, { what: 'sudo -A true' })
  proven = output.code === 0
  if (proven) return { words, sessions: 1, close: () => askpass.close() }
  await askpass.close()
  return { wrong: askpass.asks() > 1, output }
}

function promptWords({ prompt }: Askpass): readonly string[] {
  return prompt === undefined ? [] : ['-p', prompt]
}

interface Who {
  readonly user: string
  readonly typed: string
}

const noPassword = (user: string, typed: string) =>
  `as root on ${typed}: echo '${user} ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/kadm (and install sudo where it is missing); or log in as root`

function needsPassword({ user, typed }: Who, { stderr }: Output): KadmError {
  const hint = `run on a terminal, or set KADM_SUDO_PASSWORD; without a password, ${noPassword(user, typed)}`
  return new KadmError('HOST_SUDO', `${user} cannot become root on ${typed} without a password`, {
    hint,
    output: stderr,
  })
}

function wrongPassword({ user, typed }: Who): KadmError {
  const hint = `check KADM_SUDO_PASSWORD, or leave it out to be asked; without a password, ${noPassword(user, typed)}`
  return new KadmError('HOST_SUDO', `sudo on ${typed} does not accept the password of ${user}`, { hint })
}

/** The error if sudo ran an earlier command but not this one: sudoers allows only some commands, or has changed. */
export function notRunBySudo(settings: Who, output: Output): KadmError {
  const last = output.stderr.trim().split('\n').at(-1) || `exit code ${output.code}`
  return cannot(settings, `is not allowed to run commands with sudo (${last.replace(/^sudo: /, '')})`, output)
}

function cannot({ user, typed }: Who, why: string, { stderr }: Output): KadmError {
  const tty = /\btty\b/.test(stderr)
  const hint = tty
    ? `as root on ${typed}: echo 'Defaults:${user} !requiretty' > /etc/sudoers.d/kadm`
    : noPassword(user, typed)
  return new KadmError('HOST_SUDO', `${user} ${why} on ${typed}`, { hint, output: stderr })
}
