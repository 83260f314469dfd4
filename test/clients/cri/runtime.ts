import { createServer, type ServerHttp2Stream } from 'node:http2'
import { type AddressInfo, connect } from 'node:net'
import { KadmError } from '../../../src/errors/kadm-error.ts'
import type { HostReader } from '../../../src/host/host.ts'

export type Handler = (stream: ServerHttp2Stream, request: Uint8Array) => void

/** A gRPC server on loopback with the methods of the test; others are Unimplemented. */
export async function runtime(methods: Readonly<Record<string, Handler>>) {
  const server = createServer()
  const sessions = new Set<{ destroy(): void }>()
  let dialled = 0
  server.on('session', session => sessions.add(session))
  server.on('stream', async (stream, headers) => {
    stream.on('error', () => undefined)
    const chunks: Uint8Array[] = []
    for await (const chunk of stream) chunks.push(chunk as Uint8Array)
    const method = String(headers[':path']).split('/').at(-1) ?? ''
    const handle = methods[method] ?? fail(12, `unknown method ${method}`)
    handle(stream, Buffer.concat(chunks).subarray(5))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const host: Pick<HostReader, 'connect' | 'query'> = {
    query: async () => ({ code: 0, stdout: '', stderr: '' }),
    connect: () =>
      new Promise((resolve, reject) => {
        dialled += 1
        const socket = connect(port, '127.0.0.1')
        socket.once('connect', () => resolve(socket))
        socket.once('error', cause => reject(new KadmError('HOST_CONNECT', 'refused', { cause })))
      }),
  }
  const cut = () => {
    for (const session of sessions) session.destroy()
    sessions.clear()
  }
  const stop = () => {
    cut()
    return new Promise(done => server.close(done))
  }
  return { host, cut, dialled: () => dialled, stop }
}

/** Answers OK with the bytes of a message, cut into chunks of `size`. */
export function reply(message: Uint8Array, size = 1 << 20): Handler {
  const header = Buffer.alloc(5)
  header.writeUInt32BE(message.length, 1)
  const body = Buffer.concat([header, message])
  return stream => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    for (let at = 0; at < body.length; at += size) stream.write(body.subarray(at, at + size))
    stream.end()
  }
}

/** Answers with a gRPC status and no message, as servers do for errors. */
export function fail(status: number, message: string): Handler {
  return stream =>
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': status, 'grpc-message': encodeURI(message) },
      { endStream: true },
    )
}

/** Announces nine bytes and sends one. */
export const replyHalf: Handler = stream => {
  stream.respond({ ':status': 200 }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
  stream.end(Buffer.from([0, 0, 0, 0, 9, 1]))
}
