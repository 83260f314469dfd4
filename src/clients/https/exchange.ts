import { type IncomingMessage, request } from 'node:http'
import type { Connection, Pool } from './pool.ts'

export interface Exchange {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** For the whole exchange, from the connection to the last byte of the answer. */
  readonly timeoutMs: number
  /** True for a request other than GET that changes nothing. */
  readonly reads?: boolean
}

export interface Answer {
  readonly status: number
  readonly body: string
}

/** One HTTP request and its whole answer; rejects with what node throws, ETIMEDOUT when it takes too long. */
export async function exchange(pool: Pool, what: Exchange): Promise<Answer> {
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(timeout(what.timeoutMs)), what.timeoutMs)
  try {
    return await attempts(pool, what, limit.signal)
  } finally {
    clearTimeout(timer)
  }
}

async function attempts(pool: Pool, what: Exchange, signal: AbortSignal): Promise<Answer> {
  for (;;) {
    const connection = await pool.take(signal)
    try {
      return await attempt(connection, what, signal)
    } catch (error) {
      // That the server closed a kept connection meanwhile says nothing about the server: ask on another one.
      // Every failure takes a stale one out of the pool, so this ends.
      if (!connection.reused || !(what.reads ?? what.method === 'GET') || !isCut(error)) throw error
    } finally {
      pool.give(connection)
    }
  }
}

function attempt({ agent, socket }: Connection, what: Exchange, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method, path, body } = what
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const req = request({ agent, method, path, headers: { ...what.headers, ...length } })
    const abort = (): void => fail(signal.reason)
    const fail = (error: Error): void => {
      signal.removeEventListener('abort', abort)
      socket.destroy()
      reject(error)
    }
    signal.addEventListener('abort', abort, { once: true })
    req.on('error', fail)
    req.on('response', response => {
      readAll(response).then(text => {
        signal.removeEventListener('abort', abort)
        resolve({ status: response.statusCode ?? 0, body: text })
      }, fail)
    })
    req.end(body)
  })
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of response) chunks.push(chunk as Uint8Array)
  return Buffer.concat(chunks).toString('utf8')
}

function isCut(error: unknown): boolean {
  const code = (error as { code?: unknown }).code
  return code === 'ECONNRESET' || code === 'EPIPE'
}

function timeout(ms: number): Error {
  return Object.assign(new Error(`no answer within ${ms / 1000} s`), { code: 'ETIMEDOUT' })
}
