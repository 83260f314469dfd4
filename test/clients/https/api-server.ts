import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type ServerOptions } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { KadmError } from '../../../src/errors/kadm-error.ts'
import type { ConnectTarget, HostReader } from '../../../src/host/host.ts'

export interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
  /** Common name of the client certificate. */
  readonly user?: string
  /** Server name in the client's TLS handshake. */
  readonly sni: string | false
}

export interface ApiServer {
  readonly port: number
  readonly seen: Seen[]
  /** TCP connections accepted so far. */
  readonly connections: () => number
  /** Closes the open connections. */
  cut(): void
  stop(): Promise<void>
}

export type Answer = (seen: Seen, response: ServerResponse, socket: Socket) => void

/** An HTTPS server on loopback with the answers of the test. */
export async function apiServer(tls: ServerOptions, answer: Answer): Promise<ApiServer> {
  const seen: Seen[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer(tls, async (request, response) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of request) chunks.push(chunk as Uint8Array)
    const socket = request.socket as TLSSocket & { servername: string | false }
    const user = socket.getPeerCertificate().subject?.CN as string | undefined
    const one: Seen = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
      sni: socket.servername,
      ...(user === undefined ? {} : { user }),
    }
    seen.push(one)
    answer(one, response, socket)
  })
  server.on('connection', (socket: Socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    connections: () => connections,
    cut,
    stop: () => {
      cut()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}

/** A host whose streams are plain sockets, as on the local host. */
export function directHost(dialled: Duplex[] = []): Pick<HostReader, 'connect'> {
  return {
    connect: target =>
      new Promise((resolve, reject) => {
        const socket = 'port' in target ? connect(target.port, '127.0.0.1') : connect(target.socket)
        dialled.push(socket)
        socket.once('connect', () => resolve(socket))
        socket.once('error', cause => reject(new KadmError('HOST_CONNECT', 'refused', { cause })))
      }),
  }
}

/** A host whose streams are bare Duplexes without any socket method, as SSH channels are. */
export function channelHost(dialled: Duplex[] = [], direct = directHost()): Pick<HostReader, 'connect'> {
  return {
    async connect(target: ConnectTarget) {
      const channel = asChannel((await direct.connect(target)) as Socket)
      dialled.push(channel)
      return channel
    },
  }
}

function asChannel(socket: Socket): Duplex {
  const channel = new Duplex({
    read: () => socket.resume(),
    write: (chunk, _encoding, done) => socket.write(chunk, done),
    final: done => socket.end(done),
    destroy: (error, done) => {
      socket.destroy()
      done(error)
    },
  })
  socket.on('data', chunk => {
    if (!channel.push(chunk)) socket.pause()
  })
  socket.on('end', () => channel.push(null))
  socket.on('error', error => channel.destroy(error))
  socket.on('close', () => channel.destroy())
  return channel
}
