import { randomBytes } from 'node:crypto'
import type { Client } from 'ssh2'
import { feed } from './content.ts'
import type { Output, RunOptions, Transport } from './host.ts'
import { createLimit } from './limit.ts'
import { quote } from './quote.ts'
import type { SshConnection } from './ssh-access.ts'
import { socketBridges } from './ssh-bridge.ts'
import { forward } from './ssh-forward.ts'
import type { Link } from './ssh-link.ts'
import { collect, killScript, marked, openSession } from './ssh-session.ts'
import type { RootWay } from './ssh-sudo.ts'

/**
 * Under sshd's default of ten (MaxSessions): the others are for ending a command, for bridges to sockets, and for the
 * answers to sudo's questions.
 */
const maxSessions = 7

export interface SshTransportOptions {
  /** For messages. */
  readonly name: string
  readonly root: RootWay
}

/** Commands and streams over one SSH connection; sessions beyond sshd's limit wait. */
export function sshTransport(connection: SshConnection, { name, root }: SshTransportOptions): Transport {
  const { client, link } = connection
  const limit = createLimit(maxSessions)
  const wire = { client, link, root }
  const bridges = socketBridges(client, script => commandLine(script, root))
  return {
    run: (command, io = {}) => limit(() => runCommand(wire, command, io)),
    connect: (target, { signal } = {}) =>
      link.during('connecting', async () => {
        const direct = forward(client, name, target, { signal })
        if (root.words.length === 0 || !('socket' in target)) return direct
        // The login user may be kept out of a socket that root may use.
        return direct.catch(async error => {
          signal?.throwIfAborted()
          const socket = await bridges.open(target.socket)
          if (socket === undefined) throw error
          return forward(client, name, { socket }, { signal })
        })
      }),
    async close() {
      await bridges.close()
      await root.close()
      connection.close()
    },
  }
}

interface Wire {
  readonly client: Client
  readonly link: Link
  readonly root: RootWay
}

/** What the login shell gets: a POSIX shell as root, marked so that it can be found and ended. */
function commandLine(script: string, root: RootWay, call?: string): string {
  const mark = call === undefined ? [] : ['env', `KADM_CALL=${call}`]
  return `exec ${quote([...root.words, ...mark, '/bin/sh', '-c', marked(script)])}`
}

async function runCommand({ client, link, root }: Wire, command: string, io: RunOptions): Promise<Output> {
  io.signal?.throwIfAborted()
  const what = io.what ?? 'a command'
  const call = randomBytes(8).toString('hex')
  return link.during(what, async () => {
    const { channel, ended } = await openSession(client, commandLine(command, root, call), opened => ({
      channel: opened,
      ended: collect(opened, io.onStdout),
    }))
    let broken: unknown
    let giveUp = () => {}
    // A child that does not have the command's environment lives on, and may hold the channel open for as long.
    const killed = new Promise<undefined>(resolve => {
      giveUp = () => {
        channel.close()
        resolve(undefined)
      }
    })
    const stop = () => {
      killCall(client, commandLine(killScript(call), root)).then(giveUp, giveUp)
    }
    if (io.stdin === undefined) channel.end()
    else
      feed(io.stdin, channel, error => {
        broken = error
        stop()
      })
    if (io.signal?.aborted) stop()
    io.signal?.addEventListener('abort', stop, { once: true })
    const output = await Promise.race([ended, killed])
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
