import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { counter, type Digest, requireDigest } from '../cluster/checksum.ts'
import type { FileSpec, StreamSpec } from './host.ts'

/** readStream of a host with files in memory. */
export async function writeBytes(bytes: Uint8Array | undefined, sink: Writable): Promise<Digest | undefined> {
  await pipeline(Readable.from(bytes === undefined ? [] : [bytes], { objectMode: false }), sink)
  return bytes && digestOf(bytes)
}

/** writeStream of a host with files in memory: of content of more than `most` bytes, only the size is kept. */
export async function takeStream(
  { source, sha256, ...file }: StreamSpec,
  write: (file: FileSpec, size?: number) => void | Promise<void>,
  most = Number.POSITIVE_INFINITY,
): Promise<Digest> {
  const count = counter()
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of source as AsyncIterable<Uint8Array>) {
    count.add(chunk)
    size += chunk.length
    if (size <= most) chunks.push(chunk)
    else chunks.length = 0
  }
  const digest = count.digest()
  requireDigest(file.path, digest, sha256)
  const content = new Uint8Array(Buffer.concat(chunks))
  await (size <= most ? write({ ...file, content }) : write({ ...file, content }, size))
  return digest
}

function digestOf(bytes: Uint8Array): Digest {
  const count = counter()
  count.add(bytes)
  return count.digest()
}
