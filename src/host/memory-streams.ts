import { Readable, type Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { counter, type Digest, requireDigest } from '../cluster/checksum.ts'
import type { FileSpec, StreamSpec } from './host.ts'

/** readStream of a host with files in memory. */
export async function writeBytes(bytes: Uint8Array | undefined, sink: Writable): Promise<Digest | undefined> {
  await pipeline(Readable.from(bytes === undefined ? [] : [bytes], { objectMode: false }), sink)
  return bytes && digestOf(bytes)
}

/** writeStream of a host with files in memory. */
export async function takeStream(
  { source, sha256, ...file }: StreamSpec,
  write: (file: FileSpec) => void | Promise<void>,
): Promise<Digest> {
  const content = new Uint8Array(await buffer(source))
  const digest = digestOf(content)
  requireDigest(file.path, digest, sha256)
  await write({ ...file, content })
  return digest
}

function digestOf(bytes: Uint8Array): Digest {
  const count = counter()
  count.add(bytes)
  return count.digest()
}
