import { randomBytes } from 'node:crypto'
import type { Client } from 'ssh2'
import { feed } from './content.ts'
import type { Output, RunOptions, Transport } from './host.ts'
import { createLimit } from './limit.ts'
import { quote } from './quote.ts'
import { socketBridges } from './ssh-bridge.ts'
import { forward } from './ssh-forward.ts'
import { type Link, watchLink } from './ssh-link.ts'
import { collect, killScript, openSession } from './ssh-session.ts'

/** Under sshd's default of ten (MaxSessions): the others are for ending a command and for bridges to sockets. */
const maxSessions = 8

export interface SshTransportOptions {
  /** For messages. */
  readonly name: string
  /** The login user becomes root by `sudo -n`. */
  readonly sudo: boolean
}

/** Commands and streams over one SSH connection; sessions beyond sshd's limit wait. */
export function sshTransport(client: Client, { name, sudo }: SshTransportOptions): Transport {
  const limit = createLimit(maxSessions)
  const link = watchLink(client, name)
  const wire = { client, link, sudo }
  const bridges = socketBridges(client, script => commandLine(script, sudo))
  return {
    run: (command, io = {}) => limit(() => runCommand(wire, command, io)),
    connect: (target, { signal } = {}) =>
      link.during('connecting', async () => {
        const direct = forward(client, name, target, signal)
        if (!sudo || !('socket' in target)) return direct
        // The login user may be kept out of a socket that root may use.
        return direct.catch(async error => {
          signal?.throwIfAborted()
          const socket = await bridges.open(target.socket)
          if (socket === undefined) throw error
          return forward(client, name, { socket }, signal)
        })
      }),
    async close() {
      await bridges.close()
      client.end()
    },
  }
}

interface Wire {
  readonly client: Client
  readonly link: Link
  readonly sudo: boolean
}

/** What the login shell gets: a POSIX shell as root, marked so that it can be found and ended. */
function commandLine(script: string, sudo: boolean, call?: string): string {
  const root = sudo ? ['sudo', '-n', '--'] : []
  const mark = call === undefined ? [] : ['env', `KADM_CALL=${call}`]
  return `exec ${quote([...root, ...mark, '/bin/sh', '-c', script])}`
}

async function runCommand({ client, link, sudo }: Wire, command: string, io: RunOptions): Promise<Output> {
  io.signal?.throwIfAborted()
  const what = io.what ?? 'a command'
  const call = randomBytes(8).toString('hex')
  return link.during(what, async () => {
    const { channel, ended } = await openSession(client, commandLine(command, sudo, call), opened => ({
      channel: opened,
      ended: collect(opened, io.onStdout),
    }))
    let broken: unknown
    const stop = () => {
      killCall(client, commandLine(killScript(call), sudo)).catch(() => channel.close())
    }
    if (io.stdin === undefined) channel.end()
    else
      feed(io.stdin, channel, error => {
        broken = error
        stop()
      })
    if (io.signal?.aborted) stop()
    io.signal?.addEventListener('abort', stop, { once: true })
    const output = await ended
    io.signal?.removeEventListener('abort', stop)
    io.signal?.throwIfAborted()
    if (broken !== undefined) throw broken
    if (output === undefined) throw link.lost(what, 'the session ended without an exit code')
    return output
  })
}

async function killCall(client: Client, line: string): Promise<void> {
  await openSession(client, line, channel => {
    channel.end()
    return collect(channel)
  })
}
