import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

interface Reply {
  readonly return?: unknown
  readonly error?: { readonly desc: string }
}

/**
 * Runs commands of QEMU's human monitor, in order, over its machine protocol (QMP).
 * @throws Error with QEMU's words when one fails.
 */
export async function monitor(socketPath: string, commands: readonly string[]): Promise<void> {
  const socket = await open(socketPath)
  try {
    const ask = asker(socket)
    await ask({ execute: 'qmp_capabilities' })
    for (const line of commands) {
      const said = await ask({ execute: 'human-monitor-command', arguments: { 'command-line': line } })
      if (String(said).startsWith('Error')) throw new Error(`QEMU refuses \`${line}\`: ${String(said).trim()}`)
    }
  } finally {
    socket.destroy()
  }
}

function open(socketPath: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath, () => resolve(socket))
    socket.on('error', error => reject(new Error(`cannot reach QEMU at ${socketPath}: ${error.message}`)))
  })
}

/** Asks one question at a time; what QEMU says between answers (its greeting, events) is passed over. */
function asker(socket: Socket): (question: object) => Promise<unknown> {
  let answered: { resolve(value: unknown): void; reject(error: Error): void } | undefined
  createInterface(socket).on('line', line => {
    const reply = JSON.parse(line) as Reply
    if (reply.error) answered?.reject(new Error(reply.error.desc))
    else if ('return' in reply) answered?.resolve(reply.return)
  })
  socket.on('close', () => answered?.reject(new Error('QEMU ended')))
  return question =>
    new Promise((resolve, reject) => {
      answered = { resolve, reject }
      socket.write(`${JSON.stringify(question)}\n`)
    })
}
