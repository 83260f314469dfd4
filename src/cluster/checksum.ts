import { createHash } from 'node:crypto'
import { pipeline, type Readable, Transform } from 'node:stream'
import { KadmError } from '../errors/kadm-error.ts'

/** What a stream held, known once it has ended. */
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

/** Throws HOST_FILE when the content is not the expected one. */
export function requireDigest(what: string, { sha256 }: Digest, expected: string | undefined): void {
  if (expected === undefined || expected.toLowerCase() === sha256) return
  throw new KadmError('HOST_FILE', `the content for ${what} has the SHA-256 ${sha256}, not ${expected}`, {
    hint: 'compare the checksum with that of the source, and download the content again',
  })
}

export interface Checksummed {
  /** The content, and after it the 64 characters of its checksum. Fails instead when the content is not the expected one. */
  readonly stream: Readable
  /** To be called once the stream has ended. */
  readonly digest: () => Digest
}

/** A content that is followed by its own checksum, so that the reader can verify it. */
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
  // Its failure is that of the stream.
  pipeline(source, stream, () => undefined)
  return { stream, digest: () => digest ?? count.digest() }
}
