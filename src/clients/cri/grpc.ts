import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2'
import type { Duplex } from 'node:stream'

/** A call that the server answered with another status than OK, or did not answer (`Unavailable`). */
export class GrpcError extends Error {
  /** `NotFound` */
  readonly status: string

  constructor(status: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'GrpcError'
    this.status = status
  }
}

export interface Grpc {
  /** Makes one unary call; an undefined `timeoutMs` means no timeout. Throws GrpcError, or the error of `open`. */
  call(path: string, message: Uint8Array, timeoutMs?: number): Promise<Uint8Array>
  close(): void
}

/** Status codes of gRPC by number, https://grpc.io/docs/guides/status-codes. */
const statuses = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
]

/**
 * Makes unary gRPC calls over any stream, by gRPC's HTTP/2 protocol (PROTOCOL-HTTP2.md). grpc-js can only connect from
 * its own host, so that a socket behind SSH would need a second, forwarding socket.
 */
export function grpc(open: () => Promise<Duplex>): Grpc {
  let current: Promise<ClientHttp2Session> | undefined

  function session(): Promise<ClientHttp2Session> {
    if (current !== undefined) return current
    const made = open().then(begin)
    current = made
    const forget = (): void => {
      if (current === made) current = undefined
    }
    made.then(session => session.once('close', forget).once('goaway', forget), forget)
    return made
  }

  return {
    async call(path, message, timeoutMs) {
      return unary(await session(), path, message, timeoutMs)
    },
    close() {
      current?.then(
        session => session.destroy(),
        () => undefined,
      )
    },
  }
}

function begin(stream: Duplex): ClientHttp2Session {
  const session = connect('http://localhost', { createConnection: () => stream })
  // Every stream of the session gets the error too; without a listener it would end the process.
  session.on('error', () => stream.destroy())
  session.once('close', () => stream.destroy())
  return session
}

function unary(
  session: ClientHttp2Session,
  path: string,
  message: Uint8Array,
  timeoutMs?: number,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...(timeoutMs === undefined ? {} : { 'grpc-timeout': `${timeoutMs}m` }),
    })
    const chunks: Uint8Array[] = []
    const ends: Record<string, unknown> = {}
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => expire(stream, reject, timeoutMs), timeoutMs)
    stream.on('response', headers => Object.assign(ends, headers))
    stream.on('trailers', trailers => Object.assign(ends, trailers))
    stream.on('data', chunk => chunks.push(chunk))
    stream.on('error', error => reject(new GrpcError('Unavailable', error.message, error)))
    stream.on('close', () => {
      clearTimeout(timer)
      const error = failure(ends)
      if (error !== undefined) reject(error)
      else unframe(Buffer.concat(chunks)).then(resolve, reject)
    })
    stream.end(frame(message))
  })
}

function expire(stream: ClientHttp2Stream, reject: (error: Error) => void, timeoutMs: number): void {
  reject(new GrpcError('DeadlineExceeded', `no answer within ${timeoutMs / 1000} s`))
  stream.close(constants.NGHTTP2_CANCEL)
}

/** One byte for "not compressed", four bytes of length, the message. */
function frame(message: Uint8Array): Buffer {
  const header = Buffer.alloc(5)
  header.writeUInt32BE(message.length, 1)
  return Buffer.concat([header, message])
}

async function unframe(body: Buffer): Promise<Uint8Array> {
  const whole = body.length >= 5 && body[0] === 0 && body.readUInt32BE(1) === body.length - 5
  if (!whole) throw new GrpcError('Internal', 'the response is not a single uncompressed message')
  return body.subarray(5)
}

function failure(ends: Readonly<Record<string, unknown>>): GrpcError | undefined {
  const code = ends['grpc-status']
  if (code === '0') return undefined
  if (code === undefined && ends[':status'] === undefined)
    return new GrpcError('Unavailable', 'the connection was closed')
  if (code === undefined && ends[':status'] === 200) return new GrpcError('Unavailable', 'the response was truncated')
  if (code === undefined) return new GrpcError('Unknown', `the answer is HTTP ${ends[':status']} and not gRPC`)
  return new GrpcError(statuses[Number(code)] ?? `code ${code}`, text(ends['grpc-message']))
}

function text(percentEncoded: unknown): string {
  const raw = String(percentEncoded ?? '')
  try {
    return decodeURIComponent(raw)
  } catch {
    return raw
  }
}
