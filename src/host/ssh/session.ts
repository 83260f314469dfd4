import { setTimeout as sleep } from 'node:timers/promises'
import type { Client, ClientChannel } from 'ssh2'
import { given } from '../../cluster/given.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { takeChunks } from '../content.ts'
import type { Output, RunOptions } from '../host.ts'
import { signalCode } from '../signal-code.ts'
import type { Link } from './link.ts'
import { afterMark } from './mark.ts'

/** What sessions run over. */
export interface Wire {
  readonly client: Client
  readonly link: Link
}

const pauseMs = 100

/** For how long a refusal is asked again: while sessions of ours are open, one of which may end, and while none is. */
const patienceMs = { beside: 60_000, alone: 2000 }

export interface SessionOptions {
  /** It lives as long as the run does, so nothing waits for its end. */
  readonly lasting?: boolean
}

/**
 * A session that runs a command line. A refusal passes when another session ends (MaxSessions), so it is asked again;
 * throws HOST_CHANNEL when none has begun or ended for a minute, or soon where none is open that will end. `attach` gets the
 * channel in the very tick in which it opens: a quick command's exit code comes in the same packet.
 */
export async function openSession<T>(
  { client, link }: Wire,
  commandLine: string,
  attach: (channel: ClientChannel) => T,
  { lasting = false }: SessionOptions = {},
): Promise<T> {
  const all = sessionsOf(client)
  const since = performance.now()
  for (;;) {
    try {
      return await tryOpen(client, commandLine, channel => {
        all.ending.add(channel)
        all.changed = performance.now()
        if (lasting) keepOpen(client, channel)
        channel.once('close', () => {
          all.changed = performance.now()
          return all.ending.delete(channel) || all.lasting.delete(channel)
        })
        return attach(channel)
      })
    } catch (error) {
      if (!isRefusal(error)) throw notOpened(link.name, error)
      const patience = all.ending.size > 0 ? patienceMs.beside : patienceMs.alone
      const waited = performance.now() - Math.max(since, all.changed)
      if (waited > patience) throw noSession(link.name, error, all.lasting.size)
      await sleep(pauseMs)
    }
  }
}

/** Sessions that are open on a connection. */
interface Sessions {
  readonly ending: Set<ClientChannel>
  /** They live as long as the run. */
  readonly lasting: Set<ClientChannel>
  /** When one began or ended: others that wait may have taken the place. */
  changed: number
}

const open = new WeakMap<Client, Sessions>()

function sessionsOf(client: Client): Sessions {
  const all = open.get(client) ?? { ending: new Set(), lasting: new Set(), changed: 0 }
  open.set(client, all)
  return all
}

/** From now on nothing waits for the end of this session. */
export function keepOpen(client: Client, channel: ClientChannel): void {
  const all = sessionsOf(client)
  if (all.ending.delete(channel)) all.lasting.add(channel)
}

function noSession(name: string, cause: Error, held: number): KadmError {
  const beside = held === 0 ? '' : ` in addition to the ${held} that kadm keeps open`
  return new KadmError('HOST_CHANNEL', `sshd on ${name} opens no more sessions${beside}: ${cause.message}`, {
    hint: 'check that MaxSessions in its sshd_config is at least 10 (the default) and that it allows commands',
    cause,
  })
}

/** The error of a session that was not refused and yet cannot be had. */
export function notOpened(name: string, error: unknown): unknown {
  // What ssh2 says when the server opens a session and then takes no command.
  if ((error as Error).message !== 'Unable to exec') return error
  const hint = 'log in as a user who is allowed to run commands over SSH'
  return new KadmError('HOST_SHELL', `the SSH server on ${name} does not accept commands`, { hint, cause: error })
}

/** Opens a session, without patience. */
export function tryOpen<T>(client: Client, commandLine: string, attach: (channel: ClientChannel) => T): Promise<T> {
  return new Promise((resolve, reject) => {
    client.exec(commandLine, (error, channel) => (error === undefined ? resolve(attach(channel)) : reject(error)))
  })
}

/** Only a refused channel has the reason number of RFC 4254, 5.1. */
export function isRefusal(error: unknown): error is Error {
  return typeof (error as { reason?: unknown }).reason === 'number'
}

/** How a session went. */
export interface Ended {
  /** True when the script ran: its mark came. */
  readonly ran: boolean
  /** What was printed before it ran. */
  readonly before: string
  /** Absent when the session ended without an exit code. */
  readonly output?: Output
}

/** Everything that a session prints until it ends, or until it is given up. */
export function collect(
  channel: ClientChannel,
  onStdout?: RunOptions['onStdout'],
  givenUp?: AbortSignal,
): Promise<Ended> {
  return new Promise(resolve => {
    const stdout: Uint8Array[] = []
    const stderr: Uint8Array[] = []
    let code: number | undefined
    const bytes = afterMark(onStdout ?? (chunk => void stdout.push(chunk)))
    takeChunks(channel, bytes.take)
    channel.stderr.on('data', (chunk: Uint8Array) => stderr.push(chunk))
    channel.on('error', () => {})
    channel.once('exit', (exitCode: number | null, signal?: string) => {
      code = exitCode ?? signalCode(signal)
    })
    const finish = () => {
      const ended = { ran: bytes.ran(), before: bytes.before() }
      const output = code === undefined ? undefined : { code, stdout: decode(stdout), stderr: decode(stderr) }
      resolve({ ...ended, ...given({ output }) })
    }
    channel.once('close', finish)
    givenUp?.addEventListener('abort', finish)
  })
}

/** The first line that a session prints, or how it ended without one; `onRest` takes what comes after. */
export function firstLine(channel: ClientChannel, onRest: (bytes: Uint8Array) => void): Promise<string | Ended> {
  return new Promise(resolve => {
    let text = Buffer.alloc(0)
    let found = false
    const take = (chunk: Uint8Array) => {
      if (found) return onRest(chunk)
      text = Buffer.concat([text, chunk])
      const end = text.indexOf('\n')
      if (end === -1) return
      found = true
      resolve(text.toString('utf8', 0, end))
      onRest(text.subarray(end + 1))
    }
    void collect(channel, take).then(resolve)
  })
}

function decode(chunks: readonly Uint8Array[]): string {
  return Buffer.concat(chunks).toString('utf8')
}

/**
 * Ends a command and all that it started: sshd leaves them running when a session is closed, and signals neither root's
 * sessions nor what sudo runs. They are known by KADM_CALL in their environment. TERM first, after two seconds KILL;
 * a command that is not there yet gets half a second to appear.
 */
export function killScript(call: string): string {
  return `seen=; round=0
while [ $round -lt 50 ]; do
  found=
  for file in $(grep -lsxzF 'KADM_CALL=${call}' /proc/[0-9]*/environ); do
    pid=\${file#/proc/}
    signal=TERM; [ $round -lt 20 ] || signal=KILL
    kill -s $signal "\${pid%/environ}" 2>/dev/null
    found=1 seen=1
  done
  if [ -z "$found" ]; then [ -n "$seen" ] || [ $round -ge 5 ] && exit 0; fi
  round=$((round + 1))
  sleep 0.1
done`
}
