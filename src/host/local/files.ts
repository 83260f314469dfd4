import { constants, promises as fs, type Stats } from 'node:fs'
import { dirname, join } from 'node:path'
import { textBytes } from '../content.ts'
import { fileError } from '../file-error.ts'
import type { ConnectedHost, FileSpec, Stat, Text } from '../host.ts'
import { decodeFileName, encodeFileName } from '../quote.ts'
import { checkPath } from '../shell-host.ts'
import { kindOf } from '../stat.ts'
import { isLeftover, tempName } from '../temp-name.ts'
import { ownerNames, ownerNumbers } from './owners.ts'

/** Implements file verbs of this host without a process for each; `shell` does the rest. */
export function localFiles(shell: ConnectedHost): ConnectedHost {
  const { name } = shell
  return {
    ...shell,
    readFile: path => attempt('read', name, path, async at => new Uint8Array(await fs.readFile(at))),
    stat: path => attempt('stat', name, path, async at => describe(await fs.lstat(at))),
    list: async path => (await attempt('list', name, path, names)) ?? [],
    async writeFile(file) {
      const spec = { ...file, path: checkPath(file.path) }
      // The shell handles directories, and owners that are not in this host's own files.
      const owner = spec.owner === undefined ? undefined : await ownerNumbers(spec.owner)
      if ('dir' in spec || (spec.owner !== undefined && owner === undefined)) return shell.writeFile(file)
      await attempt('write', name, spec.path, () => write(spec, owner))
    },
  }
}

/** undefined if nothing exists at the path. Throws HOST_FILE for any other failure. */
async function attempt<T>(
  verb: string,
  host: string,
  path: string,
  act: (at: Buffer) => Promise<T>,
): Promise<T | undefined> {
  try {
    return await act(encodeFileName(checkPath(path)))
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === undefined) throw cause
    if (verb !== 'write' && (code === 'ENOENT' || code === 'ENOTDIR')) {
      if (verb !== 'list' || code === 'ENOENT' || !(await exists(path))) return undefined
    }
    const reason = reasons[code] ?? message
    throw fileError({ verb, path, host, reason }, { cause, output: message })
  }
}

/** The error texts of the C library. */
const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
  ENOSPC: 'no space left on device',
  ENOTDIR: 'not a directory',
  EROFS: 'the file system is read-only',
  EDQUOT: 'the disk quota is exceeded',
}

async function exists(path: string): Promise<boolean> {
  return fs.lstat(encodeFileName(path)).then(
    () => true,
    () => false,
  )
}

async function names(at: Buffer): Promise<readonly string[]> {
  return (await fs.readdir(at, { encoding: 'buffer' })).map(decodeFileName).sort()
}

async function describe(stats: Stats): Promise<Stat> {
  return {
    kind: kindOf(stats.mode & constants.S_IFMT),
    mode: stats.mode & 0o7777,
    owner: await ownerNames(stats.uid, stats.gid),
    size: stats.size,
    mtime: new Date(Math.floor(stats.mtimeMs)),
    ctime: new Date(Math.floor(stats.ctimeMs)),
  }
}

interface Owner {
  readonly uid: number
  readonly gid: number
}

/** Atomic, as with the shell: temporary file nearby, mode and owner, fsync, rename, fsync of the directory. */
async function write(file: Extract<FileSpec, { content: Text }>, owner: Owner | undefined): Promise<void> {
  const folder = dirname(file.path)
  await makeParents(folder)
  const found = await fs.lstat(encodeFileName(file.path)).catch(() => undefined)
  if (found?.isDirectory()) throw Object.assign(new Error('is a directory'), { code: 'EISDIR' })
  await removeLeftovers(folder)
  const temp = encodeFileName(join(folder, tempName()))
  const wanted = owner ?? found
  try {
    await fill(temp, textBytes(file.content), file.mode ?? 0o644, wanted)
    await fs.rename(temp, encodeFileName(file.path))
  } catch (error) {
    await fs.rm(temp, { force: true })
    throw error
  }
  await syncFolder(folder)
}

/** Removes temporary files that killed runs left in the directory. */
async function removeLeftovers(folder: string): Promise<void> {
  const left = (await fs.readdir(encodeFileName(folder))).filter(isLeftover)
  await Promise.all(left.map(name => fs.rm(encodeFileName(join(folder, name)), { force: true })))
}

async function fill(temp: Buffer, content: Uint8Array, mode: number, wanted: Owner | undefined): Promise<void> {
  const handle = await fs.open(temp, 'wx', 0o600)
  try {
    await handle.writeFile(content)
    const made = await handle.stat()
    if (wanted !== undefined && (made.uid !== wanted.uid || made.gid !== wanted.gid)) {
      await handle.chown(wanted.uid, wanted.gid)
    }
    await handle.chmod(mode)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** 0755, independent of kadm's umask. */
async function makeParents(folder: string): Promise<void> {
  const at = encodeFileName(folder)
  const found = await fs.stat(at).catch(() => undefined)
  if (found !== undefined) return
  await makeParents(dirname(folder))
  await fs.mkdir(at).catch(error => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  })
  await fs.chmod(at, 0o755)
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await fs.open(encodeFileName(folder), 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
