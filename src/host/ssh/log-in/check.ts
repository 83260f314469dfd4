import { setTimeout as sleep } from 'node:timers/promises'
import { isKadmError, KadmError } from '../../../errors/kadm-error.ts'
import type { ConnectTarget } from '../../host.ts'
import type { SshConnection } from '../access.ts'
import { commandLine } from '../command-line.ts'
import { allowing, forward } from '../forward.ts'
import { notRun } from '../not-run.ts'
import { forbiddingSetting, readServerSettings } from '../server-settings.ts'
import { collect, type Ended, isRefusal, notOpened, openSession, tryOpen } from '../session.ts'

type Connection = Pick<SshConnection, 'client' | 'link' | 'settings'>

/** PAM may wait 25 s for systemd-logind; a forced command that waits for input never ends. */
const shellMs = 30_000

const checking = 'checking the login'

/**
 * Checks whether the login is usable before anything is read or changed: commands run, `sessions` of them in parallel,
 * and ports and sockets of the host are reachable. Throws HOST_SHELL or HOST_CHANNEL.
 */
export function checkLogIn(connection: Connection, sessions: number): Promise<void> {
  return connection.link.during(checking, async () => {
    const reached = Promise.all([reach(connection, port), reach(connection, socket)])
    reached.catch(() => undefined)
    await checkSessions(connection, sessions)
    const [ofPort, ofSocket] = await reached
    // A setting that forbids ports often forbids sockets too.
    await settle(connection, port, ofPort)
    await settle(connection, socket, ofSocket)
  })
}

/** sshd may still count sessions that have just ended. */
const again = { times: 3, pauseMs: 300 }

/** Throws unless `wanted` sessions can be open in addition to the `held` ones, and each runs its command. */
export async function checkSessions(connection: Connection, wanted: number, held = 0): Promise<void> {
  for (let round = 1; ; round++) {
    // All are opened before the first one can end.
    const outcomes = await Promise.all(Array.from({ length: wanted }, () => hello(connection)))
    const ended = outcomes.filter(one => one !== 'refused')
    const failed = ended.find(({ ran }) => !ran)
    if (failed !== undefined) throw withoutMark(connection, failed)
    if (ended.length === wanted) return
    if (round === again.times) throw tooFew(connection, held + ended.length, held + wanted)
    await sleep(again.pauseMs)
  }
}

interface Greeted extends Ended {
  /** Why it was abandoned. */
  readonly why?: string
}

function withoutMark({ link, settings }: Connection, { why, ...ended }: Greeted): KadmError {
  if (ended.output === undefined && why === undefined)
    return link.lost(checking, 'the session ended without an exit code')
  return notRun({ name: link.name, settings }, ended, why)
}

async function hello({ client, link }: Connection): Promise<Greeted | 'refused'> {
  const late = AbortSignal.timeout(shellMs)
  try {
    const ended = await tryOpen(client, commandLine(':'), async channel => {
      channel.end()
      return collect(channel, undefined, late)
    })
    return late.aborted ? { ...ended, why: `it timed out after ${shellMs / 1000} s` } : ended
  } catch (error) {
    if (isRefusal(error)) return 'refused'
    throw notOpened(link.name, error)
  }
}

function tooFew({ link: { name } }: Connection, open: number, wanted: number): KadmError {
  const hint = `set MaxSessions in the sshd_config of ${name} to 10, its default, or to ${wanted} at least (see its Match blocks too), and reload sshd`
  const message =
    open === 0
      ? `sshd on ${name} opens no session: MaxSessions is 0, or the login may run no commands`
      : `sshd on ${name} opens ${open} of the ${wanted} sessions that a run needs at a time: MaxSessions is too small`
  return new KadmError('HOST_CHANNEL', message, { hint })
}

/** The kubelet's health port, which a run uses; the test is whether sshd tries it. */
const port: ConnectTarget = { host: '127.0.0.1', port: 10248 }

/** Exists on every host with systemd, and every user can connect. */
const socket: ConnectTarget = { socket: '/run/systemd/journal/stdout' }

/** The result of a target: open, nothing listens there, or uncertain. */
type Reached = 'open' | 'closed' | 'doubt' | KadmError

/** A packet filter that drops packets is not an error: sshd tries the port. */
const reachMs = 5000

async function reach({ client, link }: Connection, target: ConnectTarget): Promise<Reached> {
  try {
    const stream = await forward(client, link.name, target, { timeoutMs: reachMs })
    stream.on('error', () => {}).destroy()
    return 'open'
  } catch (error) {
    if (!isKadmError(error)) throw error
    if (error.code !== 'HOST_CONNECT') return error
    // OpenSSH reports the same for a missing socket and for one that sshd is not allowed to open.
    return 'socket' in target || error.reason === 'unexplained' ? 'doubt' : 'closed'
  }
}

async function settle(connection: Connection, target: ConnectTarget, found: Reached): Promise<void> {
  if (found === 'open' || found === 'closed') return
  if (found !== 'doubt') throw await forbidden(connection, target, found)
  for (const other of await listening(connection, target)) {
    const control = await reach(connection, other)
    if (control === 'open') return
    throw await forbidden(connection, other, typeof control === 'string' ? undefined : control)
  }
}

/** Returns a target that listens and that the login user can connect to: the port of sshd, or a socket. */
async function listening(connection: Connection, target: ConnectTarget): Promise<readonly ConnectTarget[]> {
  const script = 'socket' in target ? listeningSocket : 'printf "%s\\n" "$SSH_CONNECTION"'
  const { ended } = await openSession(connection, commandLine(script), channel => {
    channel.end()
    return { ended: collect(channel) }
  })
  const line = (await ended).output?.stdout.trim() ?? ''
  if ('socket' in target) return line === '' ? [] : [{ socket: line }]
  const [, , host = '', at = ''] = line.split(' ')
  return host === '' ? [] : [{ host, port: Number(at) }]
}

/** The first listening stream socket that the login user can write to. */
const listeningSocket = `while read -r _ _ _ flags type _ _ path; do
  [ "$flags $type" = '00010000 0001' ] && [ -S "$path" ] && [ -w "$path" ] && printf '%s\\n' "$path" && break
done < /proc/net/unix
true`

async function forbidden(
  connection: Connection,
  target: ConnectTarget,
  cause: KadmError | undefined,
): Promise<KadmError> {
  const { name } = connection.link
  const what = 'socket' in target ? 'sockets' : 'ports'
  const setting = forbiddingSetting(await readServerSettings(connection), target)
  return new KadmError(
    'HOST_CHANNEL',
    `sshd on ${name} does not forward ${what} of the host for this login: ${setting}`,
    { hint: cause?.hint ?? allowing(target, name), cause },
  )
}
