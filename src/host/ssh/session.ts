import { setTimeout as sleep } from 'node:timers/promises'
import type { Client, ClientChannel } from 'ssh2'
import { given } from '../../cluster/given.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { takeChunks } from '../content.ts'
import type { Output, RunOptions } from '../host.ts'
import { signalCode } from '../signal-code.ts'
import type { Link } from './link.ts'
import { afterMark } from './mark.ts'

/** The connection that sessions run over. */
export interface Wire {
  readonly client: Client
  readonly link: Link
}

const pauseMs = 100

/**
 * How long to retry after a refusal, in milliseconds: while other sessions are open, one of which may end, and while
 * none is.
 */
const retryMs = { busy: 60_000, idle: 2000 }

export interface SessionOptions {
  /** It lives as long as the run, so nothing waits for its end. */
  readonly lasting?: boolean
}

/**
 * Opens a session that runs a command line. A refusal can pass when another session ends (MaxSessions), so it retries.
 * Throws HOST_CHANNEL if no session has started or ended for a minute, or soon if none is open that will end. `attach`
 * receives the channel in the tick in which it opens: the exit code of a fast command is in the same packet.
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
      const patience = all.ending.size > 0 ? retryMs.busy : retryMs.idle
      const waited = performance.now() - Math.max(since, all.changed)
      if (waited > patience) throw noSession(link.name, error, all.lasting.size)
      await sleep(pauseMs)
    }
  }
}

/** The open sessions of a connection. */
interface Sessions {
  readonly ending: Set<ClientChannel>
  /** Sessions that live as long as the run. */
  readonly lasting: Set<ClientChannel>
  /** When a session started or ended: another waiting one may have used the slot. */
  changed: number
}

const open = new WeakMap<Client, Sessions>()

function sessionsOf(client: Client): Sessions {
  const all = open.get(client) ?? { ending: new Set(), lasting: new Set(), changed: 0 }
  open.set(client, all)
  return all
}

/** Marks a session whose end is not waited for. */
export function keepOpen(client: Client, channel: ClientChannel): void {
  const all = sessionsOf(client)
  if (all.ending.delete(channel)) all.lasting.add(channel)
}

function noSession(name: string, cause: Error, held: number): KadmError {
  const others = held === 0 ? '' : ` in addition to the ${held} that kadm keeps open`
  return new KadmError('HOST_CHANNEL', `sshd on ${name} opens no more sessions${others}: ${cause.message}`, {
    hint: 'check that MaxSessions in its sshd_config is at least 10 (the default) and that it allows commands',
    cause,
  })
}

/** Returns the error of a session that was not refused and still cannot be opened. */
export function notOpened(name: string, error: unknown): unknown {
  // The text of ssh2 if the server opens a session and then accepts no command.
  if ((error as Error).message !== 'Unable to exec') return error
  const hint = 'log in as a user who is allowed to run commands over SSH'
  return new KadmError('HOST_SHELL', `the SSH server on ${name} does not accept commands`, { hint, cause: error })
}

/** Opens a session without retries. */
export function tryOpen<T>(client: Client, commandLine: string, attach: (channel: ClientChannel) => T): Promise<T> {
  return new Promise((resolve, reject) => {
    client.exec(commandLine, (error, channel) => (error === undefined ? resolve(attach(channel)) : reject(error)))
  })
}

/** Only a refused channel has the reason code of RFC 4254, 5.1. */
export function isRefusal(error: unknown): error is Error {
  return typeof (error as { reason?: unknown }).reason === 'number'
}

/** The result of a session. */
export interface Ended {
  /** True if the script ran: its mark was printed. */
  readonly ran: boolean
  /** The output before it ran. */
  readonly before: string
  /** Absent if the session ended without an exit code. */
  readonly output?: Output
}

/** Collects the output of a session until it ends, or until it is abandoned. */
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

/** Returns the first line of a session, or how it ended without one; `onRest` receives the rest. */
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
 * Ends a command and its children: sshd leaves them running when a session is closed, and signals neither root's
 * sessions nor the children of sudo. They are identified by KADM_CALL in their environment. Sends TERM, after two
 * seconds KILL; a command that has not started yet gets half a second to appear.
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
