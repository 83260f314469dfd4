import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import { PassThrough, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadEntry } from 'tar'
import {
  type ArchiveFile,
  type BinaryArchive,
  type BinarySet,
  checksumFile,
  type NodeBinary,
  nodeBinaries,
} from '../../cluster/binary-source.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { parseChecksums } from './checksums.ts'

interface Found {
  readonly sums: Map<string, string>
  readonly lists: Map<string, string>
  readonly faults: string[]
}

/** Bytes that SHA256SUMS may have. */
const longestList = 1_048_576

/**
 * Reads an archive to its end and compares the checksums. Throws BINARIES_INVALID if it is damaged, holds a link, an
 * absolute path or a path with `..`, has no SHA256SUMS, or several outside directories of versions, and if a binary is
 * absent or differs.
 */
export async function readArchive(file: ArchiveFile): Promise<BinaryArchive> {
  const found: Found = { sums: new Map(), lists: new Map(), faults: [] }
  await eachEntry(file, entry => look(entry, found))
  if (found.faults.length > 0) throw invalid(file, found.faults.join('; '))
  const unnamed = [...found.lists.keys()].find(path => !versionName.test(posix.basename(posix.dirname(path))))
  if (found.lists.size > 1 && unnamed !== undefined) {
    const where = `${unnamed} is not in a directory that is named after a version, such as v1.37.2`
    throw invalid(file, `it has more than one ${checksumFile}, and ${where}`)
  }
  const [first, ...more] = [...found.lists].map(list => setOf(file, found, list))
  if (first === undefined) throw invalid(file, `it has no ${checksumFile}`)
  return { file, sets: [first, ...more] }
}

const versionName = /^v\d+\.\d+\.\d+/

function setOf(file: ArchiveFile, found: Found, [path, text]: readonly [string, string]): BinarySet {
  const directory = posix.dirname(path) === '.' ? '' : posix.dirname(path)
  const sums = parseChecksums(text, `${path} in ${file.name}`)
  for (const [name, sum] of sums) {
    const is = found.sums.get(posix.join(directory, name))
    if (is === undefined) throw invalid(file, `${posix.join(directory, name)} has a checksum and is not in it`)
    if (is !== sum) throw invalid(file, `the checksum in ${path} does not match ${name}`)
  }
  return { sums, directory }
}

/** Calls `take` with the content of every binary of a set, one after another. */
export async function eachBinary(
  file: ArchiveFile,
  { sums, directory }: BinarySet,
  take: (name: NodeBinary, content: Readable, sha256: string) => Promise<unknown>,
): Promise<void> {
  const wanted = new Map([...sums].map(([name, sum]) => [posix.join(directory, name), { name, sum }] as const))
  await eachEntry(file, async (entry, path) => {
    const binary = wanted.get(path)
    if (binary === undefined || entry.type === 'Directory') return
    wanted.delete(path)
    await take(binary.name, contentOf(entry), binary.sum)
  })
}

async function look(entry: ReadEntry, { sums, lists, faults }: Found): Promise<void> {
  const path = entryPath(entry)
  if (posix.isAbsolute(entry.path) || entry.path.split('/').includes('..')) {
    faults.push(`it holds ${entry.path}, a path outside of the archive`)
  } else if (!regular.has(entry.type) && entry.type !== 'Directory') {
    faults.push(`it holds ${entry.path}, which is not a regular file`)
  }
  const name = posix.basename(path)
  if (!regular.has(entry.type)) return
  if (sums.has(path) || lists.has(path)) faults.push(`it holds ${path} twice`)
  if (name === checksumFile) lists.set(path, await text(entry, faults))
  else if (nodeBinaries.some(binary => binary === name)) sums.set(path, await sha256(entry))
}

const regular: ReadonlySet<string> = new Set(['File', 'OldFile', 'ContiguousFile'])

async function text(entry: ReadEntry, faults: string[]): Promise<string> {
  if (entry.size > longestList) {
    faults.push(`${entry.path} is longer than ${longestList} bytes`)
    return ''
  }
  const chunks: Buffer[] = []
  for await (const chunk of entry) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

async function sha256(entry: ReadEntry): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of entry) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

function entryPath({ path }: ReadEntry): string {
  return posix.normalize(path).replace(/^\.\//, '').replace(/\/$/, '')
}

function contentOf(entry: ReadEntry): Readable {
  const content = new PassThrough()
  entry.on('error', error => content.destroy(error as Error))
  entry.pipe(content)
  return content
}

/** Calls `take` with every entry in order; the next entry waits until its promise resolves. */
async function eachEntry(file: ArchiveFile, take: (entry: ReadEntry, path: string) => Promise<void>): Promise<void> {
  const { Parser } = await import('tar')
  let last: Promise<void> = Promise.resolve()
  let failed: unknown
  const parser = new Parser({
    strict: true,
    onReadEntry(entry) {
      last = last
        .then(() => (failed === undefined ? take(entry, entryPath(entry)) : undefined))
        .catch(error => {
          failed ??= error
        })
        .finally(() => entry.resume())
    },
  })
  try {
    await pipeline(file.open(), parser)
  } catch (error) {
    throw failed ?? damaged(file, error as Error)
  }
  await last
  if (failed !== undefined) throw failed
}

function damaged(file: ArchiveFile, cause: Error): KadmError {
  return new KadmError('BINARIES_INVALID', `${file.name} cannot be read as a tar archive: ${cause.message}`, {
    cause,
    hint: 'compare its checksum with that of its source, and download it again',
  })
}

function invalid({ name }: ArchiveFile, what: string): KadmError {
  return new KadmError('BINARIES_INVALID', `${name} is not a usable archive: ${what}`, {
    hint: `put kubelet, kubectl and ${checksumFile} into one directory of the archive, as regular files`,
  })
}
