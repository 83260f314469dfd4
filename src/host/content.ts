import { Readable, type Writable } from 'node:stream'
import { isSecret } from '../cluster/secret.ts'
import type { Text } from './host.ts'

/** Returns the bytes of a text; strings and secrets as UTF-8. */
export function textBytes(text: Text): Uint8Array {
  if (typeof text === 'string') return new TextEncoder().encode(text)
  return isSecret(text) ? new TextEncoder().encode(text.reveal()) : (text as Uint8Array)
}

/** Returns a text as a stream for stdin, in chunks that do not block the event loop. */
export function textStream(text: Text | Readable): Readable {
  if (text instanceof Readable) return text
  return Readable.from(pieces(textBytes(text)), { objectMode: false })
}

const pieceSize = 65_536

function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceSize) yield bytes.subarray(at, at + pieceSize)
}

/** Passes the stdout of a command to `take` in chunks, and pauses it while `take` is busy. */
export function takeChunks(stdout: Readable, take: (chunk: Uint8Array) => void | Promise<void>): void {
  stdout.on('data', (chunk: Uint8Array) => {
    const waiting = take(chunk)
    if (waiting === undefined) return
    stdout.pause()
    void waiting.finally(() => stdout.resume())
  })
}

/**
 * Writes a stream to the stdin of a command. A command may end before it has read all of it; `onError` receives an
 * error of the source.
 */
export function feed(source: Readable, stdin: Writable, onError: (error: unknown) => void): void {
  // The source may have failed while the session was being opened.
  if (source.errored !== null) {
    onError(source.errored)
    return
  }
  source.once('error', onError)
  const stop = () => source.destroy()
  stdin.once('error', stop)
  stdin.once('close', stop)
  source.pipe(stdin)
}
