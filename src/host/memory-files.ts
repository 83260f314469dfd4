import { posix } from 'node:path'
import { KadmError } from '../errors/kadm-error.ts'
import { textBytes } from './content.ts'
import type { FileSpec, Stat, Text } from './host.ts'
import { checkPath } from './shell-host.ts'

interface MemoryFile {
  readonly kind: 'file' | 'dir'
  readonly content: Uint8Array
  /** Larger than the content if only the size of the file is kept. */
  readonly size: number
  readonly mode: number
  readonly owner: string
  readonly mtime: Date
}

/** A file system in memory by absolute path, with the rules of the host verbs. */
export function memoryFiles(now: () => Date) {
  const entries = new Map<string, MemoryFile>()
  const directory = (mode = 0o755, owner = 'root:root'): MemoryFile => ({
    kind: 'dir',
    content: new Uint8Array(),
    size: 0,
    mode,
    owner,
    mtime: now(),
  })
  const makeParents = (path: string, verb: string): void => {
    const parent = posix.dirname(path)
    if (entries.get(parent)?.kind === 'file') throw memoryFileError(verb, path, `not a directory: ${parent}`)
    if (entries.has(parent)) return
    if (parent !== path) makeParents(parent, verb)
    entries.set(parent, directory())
  }
  return {
    read(path: string): Uint8Array | undefined {
      const entry = entries.get(normal(path))
      if (entry?.kind === 'dir') throw memoryFileError('read', path, 'is a directory')
      if (entry === undefined) return undefined
      if (entry.size > entry.content.length) throw memoryFileError('read', path, 'its content is not kept in memory')
      return new Uint8Array(entry.content)
    },
    stat(path: string): Stat | undefined {
      const entry = entries.get(normal(path))
      if (entry === undefined) return undefined
      const { content: _, ...facts } = entry
      return { ...facts, ctime: facts.mtime }
    },
    list(dir: string): readonly string[] {
      const path = normal(dir)
      if (entries.get(path)?.kind === 'file') throw memoryFileError('list', path, 'not a directory')
      const children = [...entries.keys()].filter(one => one !== path && posix.dirname(one) === path)
      return children.map(one => posix.basename(one)).sort()
    },
    /** With a `size`, the content is not kept, and the file cannot be read. */
    write(file: FileSpec, size?: number): void {
      const path = normal(file.path)
      const old = entries.get(path)
      const owner = file.owner ?? old?.owner ?? 'root:root'
      makeParents(path, 'dir' in file ? 'make' : 'write')
      if ('dir' in file) {
        if (old?.kind === 'file') throw memoryFileError('make', path, 'exists and is not a directory')
        entries.set(path, directory(file.mode ?? old?.mode, owner))
      } else {
        if (old?.kind === 'dir') throw memoryFileError('write', path, 'is a directory')
        entries.set(path, newFile(file.content, file.mode, owner, now(), size))
      }
    },
    remove(path: string): void {
      const gone = normal(path)
      for (const one of entries.keys()) if (one === gone || one.startsWith(`${gone}/`)) entries.delete(one)
    },
  }
}

function newFile(text: Text, mode = 0o644, owner: string, mtime: Date, size?: number): MemoryFile {
  const content = new Uint8Array(textBytes(text))
  return { kind: 'file', content, size: size ?? content.length, mode, owner, mtime }
}

/** Returns HOST_FILE as a host would report it. */
export function memoryFileError(verb: string, path: string, why: string): KadmError {
  return new KadmError('HOST_FILE', `cannot ${verb} ${path}: ${why}`)
}

/** Returns the path without `.`, `..` and double slashes. Throws HOST_FILE unless it is absolute. */
export function normal(path: string): string {
  return posix.resolve(checkPath(path))
}
