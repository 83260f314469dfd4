import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { type ConnectionOptions, connect, createSecureContext } from 'node:tls'
import { given } from '../../cluster/given.ts'
import type { HostReader } from '../../host/host.ts'
import type { TlsAccess } from './tls-access.ts'

/** Opens one connection; rejects with the signal's reason after an abort. */
export type Dial = (signal: AbortSignal) => Promise<Duplex>

export interface DialOptions {
  /** The host that opens the connections, so that an API behind SSH is reached like a local one. */
  readonly host: Pick<HostReader, 'connect'>
  /** https, or http for a connection without TLS. */
  readonly url: URL
  readonly access: TlsAccess
  /** Do not verify the server's certificate. */
  readonly insecure: boolean
}

/** Throws the error of OpenSSL if the certificate, key or CA is not usable. */
export function dialer({ host, url, access, insecure }: DialOptions): Dial {
  const address = url.hostname.replace(/^\[|\]$/g, '')
  const port = Number(url.port || (url.protocol === 'http:' ? 80 : 443))
  if (url.protocol === 'http:') return signal => orAborted(host.connect({ host: address, port }, { signal }), signal)
  const tls = tlsOptions(access, address, insecure)
  return async signal => {
    const raw = await orAborted(host.connect({ host: address, port }, { signal }), signal)
    return secure(raw, tls, signal)
  }
}

function tlsOptions(access: TlsAccess, address: string, insecure: boolean): ConnectionOptions {
  const name = access.tlsServerName ?? address
  // Without a CA, Node.js would load its own list, which takes 0.1 s; an unverified connection needs none.
  const ca = access.caPem ?? (insecure ? [] : undefined)
  const secureContext = createSecureContext({
    ...given({ ca, cert: access.clientCertPem, key: access.clientKeyPem?.reveal() }),
  })
  // RFC 6066 forbids IP addresses in SNI. With only `host`, Node.js still verifies the certificate against it.
  const server = isIP(name) === 0 ? { host: name, servername: name } : { host: name }
  return { ...server, secureContext, rejectUnauthorized: !insecure, ALPNProtocols: ['http/1.1'] }
}

/** Does not rely on the host to observe the signal, and discards a stream that arrives late. */
function orAborted(connecting: Promise<Duplex>, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    connecting
      .then(raw => {
        if (signal.aborted) raw.destroy()
        resolve(raw)
      }, reject)
      .finally(() => signal.removeEventListener('abort', abort))
    if (signal.aborted) abort()
  })
}

function secure(raw: Duplex, options: ConnectionOptions, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...options, socket: raw })
    const settle = (): void => {
      signal.removeEventListener('abort', abort)
      socket.off('close', cut)
    }
    const fail = (error: Error): void => {
      settle()
      raw.destroy()
      socket.destroy()
      reject(error)
    }
    const abort = (): void => fail(signal.reason)
    const cut = (): void => fail(Object.assign(new Error('closed during the handshake'), { code: 'ECONNRESET' }))
    signal.addEventListener('abort', abort, { once: true })
    // Stays attached: a connection that fails while it is idle must not end the process.
    socket.on('error', fail)
    socket.once('close', cut)
    socket.once('close', () => raw.destroy())
    socket.once('secureConnect', () => {
      settle()
      resolve(socket)
    })
  })
}
