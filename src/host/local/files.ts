import { constants, promises as fs, type Stats } from 'node:fs'
import { dirname, join } from 'node:path'
import { isKadmError, type KadmError } from '../../errors/kadm-error.ts'
import { fileError } from '../file-error.ts'
import type { ConnectedHost, PlainFile, Stat } from '../host.ts'
import { decodeFileName, encodeFileName } from '../quote.ts'
import { renamePairScript } from '../scripts.ts'
import { checkPath } from '../shell-host.ts'
import { kindOf } from '../stat.ts'
import { tempName } from '../temp-name.ts'
import { type Owner, type OwnerNames, ownerNames } from './owners.ts'
import { syncFolder, stageFile } from './staged-file.ts'

/** Implements file verbs of this host without a process for each; `shell` does the rest. */
export function localFiles(shell: ConnectedHost): ConnectedHost {
  const { name } = shell
  const owners = ownerNames()
  return {
    ...shell,
    readFile: path => attempt('read', name, path, async at => new Uint8Array(await fs.readFile(at))),
    stat: path => attempt('stat', name, path, async at => describe(await fs.lstat(at), owners)),
    list: async path => (await attempt('list', name, path, names)) ?? [],
    async writeFile(file) {
      const spec = 'dir' in file ? undefined : await withOwner(file, owners)
      // The shell handles directories, and owners that are not in this host's own files.
      if (spec === undefined) return shell.writeFile(file)
      await attempt('write', name, spec.path, () => write(spec))
    },
    async writePair(first, second) {
      const specs = await Promise.all([withOwner(first, owners), withOwner(second, owners)])
      const [one, two] = specs
      if (one === undefined || two === undefined) return shell.writePair(first, second)
      await writePair(shell, one, two)
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

async function describe(stats: Stats, owners: OwnerNames): Promise<Stat> {
  return {
    kind: kindOf(stats.mode & constants.S_IFMT),
    mode: stats.mode & 0o7777,
    owner: await owners.show(stats),
    size: stats.size,
    mtime: new Date(Math.floor(stats.mtimeMs)),
    ctime: new Date(Math.floor(stats.ctimeMs)),
  }
}

interface OwnedFile {
  readonly file: PlainFile
  /** Normal and absolute. */
  readonly path: string
  /** The owner that the file gets; absent: that of the existing file. */
  readonly owner: Owner | undefined
}

/** undefined if the owner is not in this host's own files. */
async function withOwner(file: PlainFile, owners: OwnerNames): Promise<OwnedFile | undefined> {
  const owner = file.owner === undefined ? undefined : await owners.parse(file.owner)
  if (file.owner !== undefined && owner === undefined) return undefined
  return { file, path: checkPath(file.path), owner }
}

/** Atomic, as with the shell: temporary file nearby, mode and owner, fsync, rename, fsync of the directory. */
async function write({ file, path, owner }: OwnedFile): Promise<void> {
  const temp = await stageFile(path, file, owner)
  try {
    await fs.rename(encodeFileName(temp), encodeFileName(path))
  } catch (error) {
    await fs.rm(encodeFileName(temp), { force: true })
    throw error
  }
  await syncFolder(dirname(path))
}

/** A process of its own renames both, which goes on if kadm is killed. */
async function writePair(shell: ConnectedHost, first: OwnedFile, second: OwnedFile): Promise<void> {
  const { name } = shell
  const staged: string[] = []
  const old = join(dirname(first.path), tempName())
  try {
    for (const { path, file, owner } of [first, second]) {
      await attempt('write', name, path, async () => staged.push(await stageFile(path, file, owner)))
    }
    await shell.exec(['sh', '-c', renamePairScript, 'sh', first.path, second.path, ...staged, old])
  } catch (error) {
    throw isKadmError(error, 'COMMAND_FAILED') ? notRenamed(name, first.path, error) : error
  } finally {
    await Promise.all(staged.map(path => fs.rm(encodeFileName(path), { force: true })))
  }
}

function notRenamed(host: string, path: string, { output = '', message }: KadmError): KadmError {
  return fileError({ verb: 'write', path, host, reason: output.trimEnd().split('\n').at(-1) || message }, { output })
}
