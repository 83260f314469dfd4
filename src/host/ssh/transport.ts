import { randomBytes } from 'node:crypto'
import type { ClientChannel } from 'ssh2'
import { isKadmError } from '../../errors/kadm-error.ts'
import { feed } from '../content.ts'
import type { Output, RunOptions, Transport } from '../host.ts'
import { createLimit } from '../limit.ts'
import type { SshConnection } from './access.ts'
import { socketBridges } from './bridge.ts'
import { commandLine } from './command-line.ts'
import { forward } from './forward.ts'
import { notRun } from './not-run.ts'
import { collect, type Ended, killScript, openSession } from './session.ts'
import { notRunBySudo, type RootWay } from './sudo.ts'

/**
 * Below sshd's default of ten (MaxSessions): the others are for ending a command, for bridges to sockets, and for the
 * answers to sudo's prompts.
 */
const maxSessions = 7

export interface SshTransportOptions {
  /** For messages. */
  readonly name: string
  readonly root: RootWay
}

/** Commands and streams over one SSH connection; sessions beyond sshd's limit wait. */
export function sshTransport(connection: SshConnection, { name, root }: SshTransportOptions): Transport {
  const { client, link, settings } = connection
  const limit = createLimit(maxSessions)
  const machine = { client, link, settings, root }
  const bridges = socketBridges(machine, script => commandLine(script, root.words))
  return {
    run: (command, io = {}) => limit(() => runCommand(machine, command, io)),
    connect: (target, { signal } = {}) =>
      link.during('connecting', async () => {
        const direct = forward(client, name, target, { signal })
        if (root.words.length === 0 || !('socket' in target)) return direct
        // Only root may be allowed to open a socket.
        return direct.catch(async error => {
          signal?.throwIfAborted()
          if (!isKadmError(error, 'HOST_CONNECT')) throw error
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

interface Machine extends Pick<SshConnection, 'client' | 'link' | 'settings'> {
  readonly root: RootWay
}

/** Marked, so that it can be found and ended. */
function asRoot(script: string, { words }: RootWay, call: string): string {
  return commandLine(script, [...words, 'env', `KADM_CALL=${call}`])
}

async function runCommand(machine: Machine, command: string, io: RunOptions): Promise<Output> {
  io.signal?.throwIfAborted()
  const { link, root } = machine
  const what = io.what ?? 'a command'
  const call = randomBytes(8).toString('hex')
  return link.during(what, async () => {
    const attach = (opened: ClientChannel) => ({ channel: opened, ended: collect(opened, io.onStdout) })
    const { channel, ended } = await openSession(machine, asRoot(command, root, call), attach, io)
    let broken: unknown
    let giveUp = () => {}
    // A child without the command's environment keeps running, and may hold the channel open.
    const killed = new Promise<undefined>(resolve => {
      giveUp = () => {
        channel.close()
        resolve(undefined)
      }
    })
    const stop = () => {
      killCall(machine, commandLine(killScript(call), root.words)).then(giveUp, giveUp)
    }
    if (io.stdin === undefined) channel.end()
    else
      feed(io.stdin, channel, error => {
        broken = error
        stop()
      })
    if (io.signal?.aborted) stop()
    io.signal?.addEventListener('abort', stop, { once: true })
    const outcome = await Promise.race([ended, killed])
    io.signal?.removeEventListener('abort', stop)
    io.signal?.throwIfAborted()
    if (broken !== undefined) throw broken
    return outputOf(machine, what, outcome)
  })
}

/** Throws if the command did not run, or if its end is unknown. */
function outputOf({ link, settings, root }: Machine, what: string, ended: Ended | undefined): Output {
  const output = ended?.output
  if (ended === undefined || output === undefined) throw link.lost(what, 'the session ended without an exit code')
  if (ended.ran) return output
  throw root.words.length > 0 ? notRunBySudo(settings, output) : notRun({ name: link.name, settings }, ended)
}

async function killCall(wire: Machine, line: string): Promise<void> {
  await openSession(wire, line, channel => {
    channel.end()
    return collect(channel)
  })
}
