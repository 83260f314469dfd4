import { createHash } from 'node:crypto'
import { pipeline, type Readable, Transform } from 'node:stream'
import { KadmError } from '../errors/kadm-error.ts'

/** The checksum of a stream, known after the stream has ended. */
export interface Digest {
  readonly size: number
  /** Lower-case hex. */
  readonly sha256: string
}

export interface Counter {
  add(chunk: Uint8Array): void
  digest(): Digest
}

export function counter(): Counter {
  const hash = createHash('sha256')
  let size = 0
  return {
    add(chunk) {
      hash.update(chunk)
      size += chunk.length
    },
    digest: () => ({ size, sha256: hash.digest('hex') }),
  }
}

/** Throws HOST_FILE if the content does not have the expected checksum. */
export function requireDigest(what: string, { sha256 }: Digest, expected: string | undefined): void {
  if (expected === undefined || expected.toLowerCase() === sha256) return
  throw new KadmError('HOST_FILE', `the content for ${what} has the SHA-256 ${sha256}, not ${expected}`, {
    hint: 'compare the checksum with that of the source, and download the content again',
  })
}

export interface Checksummed {
  /** The content followed by its checksum as 64 hex characters. Fails if it does not match the expected checksum. */
  readonly stream: Readable
  /** Call it after the stream has ended. */
  readonly digest: () => Digest
}

/** Appends the checksum to a content, so that the reader can verify it. */
export function checksummed(source: Readable, what: string, expected?: string): Checksummed {
  const count = counter()
  let digest: Digest | undefined
  const stream = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      count.add(chunk)
      done(null, chunk)
    },
    flush(done) {
      try {
        digest = count.digest()
        requireDigest(what, digest, expected)
        done(null, digest.sha256)
      } catch (error) {
        done(error as Error)
      }
    },
  })
  // The stream reports the failure.
  pipeline(source, stream, () => undefined)
  return { stream, digest: () => digest ?? count.digest() }
}
