import { promises as fs } from 'node:fs'
import { dirname, join } from 'node:path'
import { textBytes } from '../content.ts'
import type { PlainFile } from '../host.ts'
import { encodeFileName } from '../quote.ts'
import { isLeftover, tempName } from '../temp-name.ts'
import type { Owner } from './owners.ts'

/**
 * Writes a file next to the one at `path`, synced, with its mode and owner. Returns the temporary path. Creates missing
 * parents (0755), and removes temporary files of killed runs.
 */
export async function stageFile(path: string, file: PlainFile, owner: Owner | undefined): Promise<string> {
  const folder = dirname(path)
  await makeParents(folder)
  const found = await fs.lstat(encodeFileName(path)).catch(() => undefined)
  if (found?.isDirectory()) throw Object.assign(new Error('is a directory'), { code: 'EISDIR' })
  await removeLeftovers(folder)
  const temp = join(folder, tempName())
  try {
    await fill(encodeFileName(temp), textBytes(file.content), file.mode ?? 0o644, owner ?? found)
  } catch (error) {
    await fs.rm(encodeFileName(temp), { force: true })
    throw error
  }
  return temp
}

/** Waits until the names in a directory are on the disk. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await fs.open(encodeFileName(folder), 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
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
