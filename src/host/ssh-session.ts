import { setTimeout as sleep } from 'node:timers/promises'
import type { Client, ClientChannel } from 'ssh2'
import { KadmError } from '../errors/kadm-error.ts'
import type { Output, RunOptions } from './host.ts'
import { signalCode } from './signal-code.ts'

const pauseMs = 100

/** For how long a refusal is asked again: while sessions of ours are open, one of which may end, and while none is. */
const patienceMs = { beside: 60_000, alone: 2000 }

/**
 * A session that runs a command line. A refusal passes when another session ends (MaxSessions), so it is asked again;
 * throws HOST_UNREACHABLE when none has ended for a minute. `attach` gets the channel in the very tick in which it opens:
 * a quick command's exit code comes in the same packet.
 */
export async function openSession<T>(
  client: Client,
  commandLine: string,
  attach: (channel: ClientChannel) => T,
): Promise<T> {
  const since = performance.now()
  for (;;) {
    try {
      return await tryOpen(client, commandLine, channel => {
        count(client, 1)
        channel.once('close', () => count(client, -1))
        return attach(channel)
      })
    } catch (error) {
      if (!isRefusal(error)) throw error
      const patience = (open.get(client) ?? 0) > 0 ? patienceMs.beside : patienceMs.alone
      if (performance.now() - since > patience) throw noSession(error)
      await sleep(pauseMs)
    }
  }
}

/** Sessions that are open on a connection. */
const open = new WeakMap<Client, number>()

function count(client: Client, change: number): void {
  open.set(client, (open.get(client) ?? 0) + change)
}

function noSession(cause: Error): KadmError {
  return new KadmError('HOST_UNREACHABLE', `the server opens no further session: ${cause.message}`, {
    hint: 'see that MaxSessions in its sshd_config is 10 or more, its default, and that it lets commands run',
    cause,
  })
}

function tryOpen<T>(client: Client, commandLine: string, attach: (channel: ClientChannel) => T): Promise<T> {
  return new Promise((resolve, reject) => {
    client.exec(commandLine, (error, channel) => (error === undefined ? resolve(attach(channel)) : reject(error)))
  })
}

/** Only a refused channel has the reason number of RFC 4254, 5.1. */
function isRefusal(error: unknown): error is Error {
  return typeof (error as { reason?: unknown }).reason === 'number'
}

const mark = '\u0001kadm\u0001'

/** The script, which first prints the mark after which `collect` and `firstLine` begin. */
export function marked(script: string): string {
  return `printf '\\001kadm\\001'\n${script}`
}

/**
 * Takes what a marked script prints. What came before is none of it: a login shell runs its start files, a ForceCommand
 * its own, and either may print.
 */
export function afterMark(take: (bytes: Uint8Array) => void): (bytes: Uint8Array) => void {
  let before: Buffer | undefined = Buffer.alloc(0)
  return bytes => {
    if (before === undefined) return take(bytes)
    before = Buffer.concat([before, bytes])
    const at = before.indexOf(mark)
    if (at === -1) return
    const rest = before.subarray(at + mark.length)
    before = undefined
    if (rest.length > 0) take(rest)
  }
}

/** Everything that a session prints; undefined when it ends without an exit code. */
export function collect(channel: ClientChannel, onStdout?: RunOptions['onStdout']): Promise<Output | undefined> {
  return new Promise(resolve => {
    const stdout: Uint8Array[] = []
    const stderr: Uint8Array[] = []
    let code: number | undefined
    channel.on('data', afterMark(onStdout ?? (chunk => void stdout.push(chunk))))
    channel.stderr.on('data', (chunk: Uint8Array) => stderr.push(chunk))
    channel.on('error', () => {})
    channel.once('exit', (exitCode: number | null, signal?: string) => {
      code = exitCode ?? signalCode(signal)
    })
    channel.once('close', () => {
      resolve(code === undefined ? undefined : { code, stdout: decode(stdout), stderr: decode(stderr) })
    })
  })
}

/** The first line that a session prints, undefined when it ends without one; `onRest` takes what comes after. */
export function firstLine(channel: ClientChannel, onRest: (bytes: Uint8Array) => void): Promise<string | undefined> {
  return new Promise(resolve => {
    let text = Buffer.alloc(0)
    let found = false
    channel.stderr.resume()
    channel.on('error', () => {})
    const take = (chunk: Uint8Array) => {
      if (found) return onRest(chunk)
      text = Buffer.concat([text, chunk])
      const end = text.indexOf('\n')
      if (end === -1) return
      found = true
      resolve(text.toString('utf8', 0, end))
      onRest(text.subarray(end + 1))
    }
    channel.on('data', afterMark(take))
    channel.once('close', () => resolve(undefined))
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
