import { KadmError } from '../../errors/kadm-error.ts'
import type { SshSettings } from './config/config.ts'
import { passwordExpired } from './log-in/error.ts'
import type { Ended } from './session.ts'

interface Login {
  readonly name: string
  readonly settings: Pick<SshSettings, 'user' | 'typed'>
}

interface Cause {
  /** Matches the server's output, or only its exit code. */
  readonly pattern: RegExp
  readonly why: (user: string) => string
  readonly hint: (user: string, name: string) => string
}

const otherUser = 'connect as a user with an ordinary login shell, who is root or may run sudo: --host USER@ADDRESS'

/** Causes that prevent a login from running commands, by output. The order matters. */
const causes: readonly Cause[] = [
  {
    pattern: /log ?in as the user\s+"?([\w.-]+)"?/i,
    why: user => `the key of ${user} has a forced command (command= in authorized_keys)`,
    hint: () => 'connect as the user that the server names: --host USER@ADDRESS',
  },
  {
    pattern: /unrecognized command|git-shell|interactive git shell/i,
    why: user => `the login shell of ${user} is a restricted one (git-shell)`,
    hint: () => otherUser,
  },
  {
    pattern: /restricted/i,
    why: user => `the login shell of ${user} is a restricted one`,
    hint: () => otherUser,
  },
  {
    pattern: /sftp connections only|internal-sftp/i,
    why: () => 'ForceCommand internal-sftp in sshd_config',
    hint: () => 'take ForceCommand out of sshd_config for this user (see its Match blocks), or connect as another user',
  },
  {
    pattern: /(account|login) is currently not available|nologin|account (is|has been) disabled/i,
    why: user => `the login shell of ${user} is nologin`,
    hint: (user, name) => `as root on ${name}: usermod -s /bin/bash ${user}; or ${otherUser}`,
  },
  {
    pattern: /not permitted to log ?in|unprivileged users|booting up|shutting down|going down|maintenance/i,
    why: () => 'logins are disabled on the host (/run/nologin or /etc/nologin)',
    hint: (_, name) => `wait until ${name} has started, or remove /run/nologin or /etc/nologin there`,
  },
  {
    pattern: /too many logins/i,
    why: () => 'the limit of logins in /etc/security/limits.conf is reached',
    hint: () => 'end other logins of this user, or raise maxlogins',
  },
  {
    pattern: /^\/\S*sh: No such file|failed to execute|chroot/im,
    why: () => 'the login directory contains no shell (ChrootDirectory in sshd_config)',
    hint: () => 'take ChrootDirectory out of sshd_config for this user (see its Match blocks)',
  },
]

const unknown: Omit<Cause, 'pattern'> = {
  why: user =>
    `the login shell of ${user}, or a forced command (command= in authorized_keys, ForceCommand in sshd_config)`,
  hint: () => otherUser,
}

/** A server may print without end. */
const keptChars = 4000

/** Returns the error of a command without a mark: it did not run, and nothing is known about the host. */
export function notRun({ name, settings }: Login, ended: Ended, why?: string): KadmError {
  const { user } = settings
  const { before, output } = ended
  const printed = [output?.stderr ?? '', before].map(text => printable(text).trim()).filter(text => text !== '')
  const said = printed.join('\n')
  if (/password change required|password has expired/i.test(said)) return passwordExpired(settings)
  const cause = causes.find(({ pattern }) => pattern.test(said)) ?? unknown
  const last = said.split('\n').at(-1)?.trim() ?? ''
  const words = last === '' ? 'it printed nothing' : `it printed: ${last}`
  const end = why ?? (output === undefined ? 'no exit code' : `exit code ${output.code}`)
  const message = `the login of ${user} on ${name} ran no command of kadm (${end}): ${words}; likely cause: ${cause.why(user)}`
  return new KadmError('HOST_SHELL', message, { hint: cause.hint(user, name), output: said.slice(-keptChars) })
}

/** The output of a server must not move the cursor of the operator's terminal. */
function printable(text: string): string {
  return text.replace(/[^\P{C}\n\t]/gu, ' ')
}
