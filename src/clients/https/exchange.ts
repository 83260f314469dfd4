import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { pipeline, type Readable } from 'node:stream'
import type { Connection, Pool } from './pool.ts'
import { silenceLimit } from './silence-limit.ts'

export interface Exchange {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** A stream is sent in chunks, unless the headers contain its length. It is never sent twice. */
  readonly body?: string | Readable
  /** For the whole exchange, from the connection to the last byte of the response. */
  readonly timeoutMs: number
  /** True for a request other than GET that changes nothing. */
  readonly reads?: boolean
}

export interface Answer {
  readonly status: number
  readonly body: string
}

/** A response whose body was not read yet. Read it to its end or destroy it, because it occupies a connection. */
export interface StreamedAnswer {
  readonly status: number
  readonly body: Readable
}

/** Sends one HTTP request and returns its whole response. Rejects with Node.js errors, ETIMEDOUT after the timeout. */
export function exchange(pool: Pool, what: Exchange): Promise<Answer> {
  return within(what, signal =>
    attempts(pool, what, signal, async connection => {
      try {
        return await attempt(connection, what, signal, readAnswer)
      } finally {
        pool.give(connection)
      }
    }),
  )
}

/**
 * Like exchange with a streamed body. `timeoutMs` applies to the start of the response and to each pause of its body,
 * which then fails with ETIMEDOUT. It fails with ECONNRESET if the server cuts it short.
 */
export function exchangeStream(pool: Pool, what: Exchange): Promise<StreamedAnswer> {
  return within(what, signal =>
    attempts(pool, what, signal, async connection => {
      const give = () => pool.give(connection)
      const begun = attempt(connection, what, signal, async response => response)
      const response = await begun.catch(error => {
        give()
        throw error
      })
      const { request: sent } = begun
      const body = silenceLimit(what.timeoutMs, () => timeout(what.timeoutMs))
      pipeline(response, body, error => {
        // Unread or unsent bytes would be mixed with the next request.
        if (error !== undefined && error !== null) connection.socket.destroy()
        if (!sent.writableFinished) connection.socket.destroy()
        give()
      })
      return { status: response.statusCode ?? 0, body }
    }),
  )
}

async function within<T>({ timeoutMs, body }: Exchange, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const limit = new AbortController()
  // A source may fail while the connection is still being made.
  if (body !== undefined && typeof body !== 'string') body.on('error', error => limit.abort(error))
  const timer = setTimeout(() => limit.abort(timeout(timeoutMs)), timeoutMs)
  try {
    return await act(limit.signal)
  } finally {
    clearTimeout(timer)
  }
}

async function attempts<T>(
  pool: Pool,
  what: Exchange,
  signal: AbortSignal,
  once: (connection: Connection) => Promise<T>,
): Promise<T> {
  for (;;) {
    const connection = await pool.take(signal)
    try {
      return await once(connection)
    } catch (error) {
      // If the server closed a kept connection, the request is repeated on another one. Every failure removes a stale
      // connection from the pool, so that this ends.
      if (!connection.reused || !mayRepeat(what) || !isCut(error)) throw error
    }
  }
}

function mayRepeat({ reads, method, body }: Exchange): boolean {
  return (reads ?? method === 'GET') && (body === undefined || typeof body === 'string')
}

interface Attempt<T> extends Promise<T> {
  readonly request: ClientRequest
}

function attempt<T>(
  { agent, socket }: Connection,
  what: Exchange,
  signal: AbortSignal,
  read: (response: IncomingMessage) => Promise<T>,
): Attempt<T> {
  const { method, path, body } = what
  const length = typeof body === 'string' ? { 'content-length': String(Buffer.byteLength(body)) } : {}
  const req = request({ agent, method, path, headers: { ...what.headers, ...length } })
  const answer = new Promise<T>((resolve, reject) => {
    const abort = (): void => fail(signal.reason)
    const fail = (error: Error): void => {
      signal.removeEventListener('abort', abort)
      socket.destroy()
      reject(error)
    }
    signal.addEventListener('abort', abort, { once: true })
    req.on('error', fail)
    req.on('response', response => {
      read(response).then(value => {
        signal.removeEventListener('abort', abort)
        resolve(value)
      }, fail)
    })
    if (body === undefined || typeof body === 'string') req.end(body)
    else pipeline(body.once('error', fail), req, () => undefined)
  })
  return Object.assign(answer, { request: req })
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  return { status: response.statusCode ?? 0, body: await readAll(response) }
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
