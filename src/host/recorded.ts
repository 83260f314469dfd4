import { posix } from 'node:path'
import { given } from '../cluster/given.ts'
import type { FileSpec, Host, Outcome, Stat } from './host.ts'
import { memoryFileError, memoryFiles, normal } from './memory-files.ts'
import { takeStream, writeBytes } from './memory-streams.ts'

/** A streamed file of up to this size can be read later in a dry run; of a larger one, only the size is kept. */
export const keptBytes = 65_536

/**
 * A host for a dry run, which is only read. Written and removed files overlay the real ones for later steps. Commands
 * do not run, and their outcome is assumed.
 */
export function recordedHost(host: Host, now: () => Date = laterThanAll()): Host {
  const written = memoryFiles(now)
  const made = new Set<string>()
  const removed = new Set<string>()
  const answers = new Map<string, string>()

  /** True if nothing of the real host is visible at this path. */
  const hidden = (path: string): boolean => removed.has(path) || (path !== '/' && hidden(posix.dirname(path)))
  const underneath = async <T>(path: string, read: () => Promise<T>, absent: T): Promise<T> =>
    hidden(normal(path)) ? absent : read()

  async function stat(path: string): Promise<Stat | undefined> {
    const over = written.stat(path)
    if (over?.kind === 'file' || made.has(normal(path))) return over
    // A directory that only exists as the parent of a written file keeps its properties on the host.
    return (await underneath(path, () => host.stat(path), undefined)) ?? over
  }

  async function write(file: FileSpec, size?: number): Promise<void> {
    const found = await stat(file.path)
    await refuseClash(file, found, stat)
    const owner = file.owner ?? found?.owner
    const kept = 'dir' in file && file.mode === undefined && found !== undefined ? { mode: found.mode } : {}
    written.write({ ...file, ...kept, ...given({ owner }) }, size)
    if ('dir' in file) made.add(normal(file.path))
  }

  async function take({ files = [], answers: recordedAnswers = [] }: Outcome): Promise<void> {
    for (const { path, content = '' } of files) {
      if ((await stat(path)) === undefined) written.write({ path, content, mode: 0o600 })
    }
    for (const { argv, stdout } of recordedAnswers) answers.set(keyOf(argv), stdout(now()))
  }

  return {
    name: host.name,
    ...given({ spec: host.spec }),
    async query(argv, opts) {
      const stdout = answers.get(keyOf(argv))
      return stdout === undefined ? host.query(argv, opts) : { code: 0, stdout, stderr: '' }
    },
    async readFile(path) {
      const over = written.stat(path)
      if (over?.kind === 'file') return written.read(path)
      const there = await underneath(path, () => host.readFile(path), undefined)
      return there ?? written.read(path)
    },
    async readStream(path, sink) {
      const over = written.stat(path)
      const here = over?.kind === 'file' || made.has(normal(path)) || hidden(normal(path))
      if (here) return writeBytes(written.read(path), sink)
      return host.readStream(path, sink)
    },
    stat,
    async list(dir) {
      const over = written.list(dir)
      const there = await underneath(dir, () => host.list(dir), [])
      const kept = there.filter(name => !hidden(posix.join(normal(dir), name)))
      return [...new Set([...over, ...kept])].sort()
    },
    connect: (target, opts) => host.connect(target, opts),
    writeFile: file => write(file),
    writeStream: file => takeStream(file, write, keptBytes),
    async writePair(first, second) {
      await refuseClash(second, await stat(second.path), stat)
      await write(first)
      await write(second)
    },
    async remove(path) {
      const gone = normal(path)
      written.remove(gone)
      for (const dir of made) if (dir === gone || dir.startsWith(`${gone}/`)) made.delete(dir)
      removed.add(gone)
    },
    exec: async (_argv, { outcome = {} } = {}) => take(outcome),
  }
}

function keyOf(argv: readonly string[]): string {
  return argv.join('\0')
}

/** Throws for writes that a host would reject. */
async function refuseClash(file: FileSpec, found: Stat | undefined, stat: Host['stat']): Promise<void> {
  const path = normal(file.path)
  if ('dir' in file) {
    if (found !== undefined && found.kind === 'file')
      throw memoryFileError('make', path, 'exists and is not a directory')
  } else if (found?.kind === 'dir') throw memoryFileError('write', path, 'is a directory')
  if (found !== undefined) return
  for (let parent = posix.dirname(path); parent !== '/'; parent = posix.dirname(parent)) {
    const above = await stat(parent)
    if (above?.kind === 'file') throw memoryFileError('write', path, `not a directory: ${parent}`)
    if (above !== undefined) return
  }
}

const century = 100 * 365 * 24 * 3600 * 1000

/**
 * With any clock of the host, what a dry run writes is newer than all existing files, and each write is newer than the
 * last.
 */
function laterThanAll(): () => Date {
  let at = Date.now() + century
  return () => {
    at += 1000
    return new Date(at)
  }
}
