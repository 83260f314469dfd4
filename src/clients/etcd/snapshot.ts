import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { KadmError } from '../../errors/kadm-error.ts'

/** etcd appends the SHA-256 of the database to a snapshot. */
const hashBytes = 32
/** The magic number of a bbolt database and where it is, in the header of its first page. */
const magic = { at: 16, bytes: Buffer.from([0xed, 0xda, 0x0c, 0xed]) }

/**
 * Returns the snapshot in a streamed response of etcd's gateway: the database, then its SHA-256. The stream fails with
 * ETCD_REFUSED if etcd reports a failure, or if the content is not that of the checksum.
 */
export function snapshotIn(body: Readable, what: string): Readable {
  return Readable.from(verified(blobs(body, what), what), { objectMode: false })
}

interface Part {
  readonly result?: { readonly blob?: string }
  readonly error?: { readonly message?: string }
}

async function* blobs(body: Readable, what: string): AsyncGenerator<Buffer> {
  for await (const line of linesOf(body)) {
    const { result, error } = JSON.parse(line) as Part
    if (error !== undefined) throw new KadmError('ETCD_REFUSED', `${what}: ${error.message ?? 'etcd stopped'}`)
    yield Buffer.from(result?.blob ?? '', 'base64')
  }
}

async function* linesOf(body: Readable): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of body) {
    const lines = (rest + Buffer.from(chunk as Uint8Array).toString('latin1')).split('\n')
    rest = lines.pop() ?? ''
    yield* lines.filter(line => line !== '')
  }
  if (rest !== '') yield rest
}

/** Passes the content on, and compares its last bytes with the hash of those before them. */
async function* verified(content: AsyncIterable<Buffer>, what: string): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  let tail: Buffer = Buffer.alloc(0)
  let first = true
  for await (const chunk of content) {
    const seen = Buffer.concat([tail, chunk])
    const length = Math.max(0, seen.length - hashBytes)
    hash.update(seen.subarray(0, length))
    tail = seen.subarray(length)
    if (first && chunk.length > magic.at && !chunk.subarray(magic.at).subarray(0, 4).equals(magic.bytes)) {
      throw invalid(what, 'it does not start like a database of etcd')
    }
    first = false
    yield chunk
  }
  if (first) throw invalid(what, 'it is empty')
  if (!hash.digest().equals(tail)) throw invalid(what, 'its checksum differs from the one that etcd sent')
}

function invalid(what: string, why: string): KadmError {
  const hint = 'run the same command again; if it fails again, check the disk of this member of etcd'
  return new KadmError('ETCD_REFUSED', `${what}: the snapshot is not complete: ${why}`, { hint })
}
