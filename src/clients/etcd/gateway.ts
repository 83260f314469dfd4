import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { KadmError } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { type Dial, dialer } from '../https/dial.ts'
import { exchange, exchangeStream } from '../https/exchange.ts'
import { pool } from '../https/pool.ts'
import type { TlsAccess } from '../https/tls-access.ts'
import { failureOf, unanswered } from './failure.ts'

export interface EtcdClientOptions {
  /** The host that opens the connections. */
  readonly host: Pick<HostReader, 'connect'>
  /** URLs of client ports. */
  readonly endpoints: readonly string[]
  readonly tls?: TlsAccess
  /** For a connection, and for the status of one endpoint. Default 2 s. */
  readonly timeoutMs?: number
  /** For a call that needs a quorum. Default 10 s: etcd gives up after 7 s and then reports the reason. */
  readonly memberTimeoutMs?: number
}

/** The JSON gateway of one member. */
export interface Gateway {
  post<T>(what: string, path: string, body: object, timeoutMs: number): Promise<T>
  /** Returns the response while it arrives, as JSON objects in lines. `timeoutMs` is also the longest pause in it. */
  stream(what: string, path: string, timeoutMs: number): Promise<Readable>
  close(): void
}

export function gateway({ host, tls = {} }: EtcdClientOptions, endpoint: string, dialTimeoutMs: number): Gateway {
  const url = parseEndpoint(endpoint)
  const connections = pool(patient(dialTo(host, url, tls), dialTimeoutMs), 4)
  const sent = (path: string, body: object, timeoutMs: number) => ({
    method: 'POST' as const,
    path: `/v3/${path}`,
    headers: { host: url.host, accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify(body),
    timeoutMs,
    reads: /list|status|range|snapshot/.test(path),
  })
  const orUnanswered = (error: unknown) => {
    throw unanswered(endpoint, error)
  }
  return {
    close: connections.close,
    async stream(what, path, timeoutMs) {
      const { status, body } = await exchangeStream(connections, sent(path, {}, timeoutMs)).catch(orUnanswered)
      if (status === 200) return body
      const failure = failureOf(what, endpoint, { status, body: await text(body).catch(orUnanswered) })
      throw failure ?? new KadmError('ETCD_REFUSED', `${what}: the answer is HTTP ${status}`)
    },
    async post<T>(what: string, path: string, body: object, timeoutMs: number): Promise<T> {
      const answer = await exchange(connections, sent(path, body, timeoutMs)).catch(orUnanswered)
      const failure = failureOf(what, endpoint, answer)
      if (failure !== undefined) throw failure
      return JSON.parse(answer.body) as T
    },
  }
}

function parseEndpoint(endpoint: string): URL {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url
  const hint = 'give it as https://host:port'
  throw new KadmError('ETCD_UNREACHABLE', `the endpoint of etcd is not a URL: "${endpoint}"`, { hint })
}

function dialTo(host: EtcdClientOptions['host'], url: URL, access: TlsAccess): Dial {
  try {
    return dialer({ host, url, access, insecure: false })
  } catch (cause) {
    const message = 'the certificate, key or CA for etcd is not usable'
    const hint = 'create them again with `kadm init phase certs etcd-healthcheck-client`'
    throw new KadmError('CERT_INVALID', message, { hint, cause })
  }
}

/** Wraps a dial with a shorter timeout than the request's, so that the next endpoint is tried soon. */
function patient(dial: Dial, timeoutMs: number): Dial {
  return async signal => {
    const limit = new AbortController()
    const over = new DOMException('no connection in time', 'TimeoutError')
    const timer = setTimeout(() => limit.abort(over), timeoutMs)
    try {
      return await dial(AbortSignal.any([signal, limit.signal]))
    } finally {
      clearTimeout(timer)
    }
  }
}
