import { Agent } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Dial } from './dial.ts'

/** One connection, used by one request at a time. */
export interface Connection {
  /** Returns only the stream of this connection. node:http writes plain HTTP to it, and the stream encrypts. */
  readonly agent: Agent
  readonly socket: Duplex
  /** True if an earlier request used it. */
  readonly reused: boolean
}

export interface Pool {
  /** Returns a connection for the caller, who must `give` it back. */
  take(signal: AbortSignal): Promise<Connection>
  give(connection: Connection): void
  /** Destroys every connection, busy or idle, and abandons those being made. */
  close(): void
}

/**
 * Keeps connections open between requests, at most `size`. Each connection has its own Agent, because the Agent of
 * Node.js neither counts connections that are being made nor ends a request that waits for one.
 */
export function pool(dial: Dial, size: number): Pool {
  const idle: Connection[] = []
  const waiting: (() => void)[] = []
  const open = new Set<Duplex>()
  const closing = new AbortController()
  let taken = 0

  async function connection(signal: AbortSignal): Promise<Connection> {
    for (let kept = idle.pop(); kept !== undefined; kept = idle.pop()) {
      if (!kept.socket.destroyed) return { ...kept, reused: true }
    }
    const socket = await dial(AbortSignal.any([signal, closing.signal]))
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    return { socket, agent: agentOf(socket), reused: false }
  }

  function leave(): void {
    taken -= 1
    waiting.shift()?.()
  }

  return {
    async take(signal) {
      while (taken >= size) await turn(waiting, signal)
      taken += 1
      try {
        return await connection(signal)
      } catch (error) {
        leave()
        throw error
      }
    },
    give(connection) {
      if (!connection.socket.destroyed) idle.push(connection)
      leave()
    },
    close() {
      closing.abort(Object.assign(new Error('the client was closed'), { code: 'ECONNRESET' }))
      for (const socket of open) socket.destroy()
    },
  }
}

/** The Agent of Node.js calls socket methods that a channel through SSH, which is a stream, does not have. */
const ofSockets = ['setKeepAlive', 'setTimeout', 'setNoDelay', 'ref', 'unref'] as const

function agentOf(socket: Duplex): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  for (const name of ofSockets) if (!(name in socket)) Object.assign(socket, { [name]: () => socket })
  return Object.assign(agent, { createConnection: () => socket })
}

function turn(waiting: (() => void)[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      waiting.splice(waiting.indexOf(go), 1)
      reject(signal.reason)
    }
    const go = (): void => {
      signal.removeEventListener('abort', abort)
      resolve()
    }
    signal.addEventListener('abort', abort, { once: true })
    waiting.push(go)
  })
}
