import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { KadmError } from '../errors/kadm-error.ts'
import { ownPath } from './named-paths.ts'

/** Returns the absolute path of a file to write. Throws USAGE for a directory. */
export function ownFile(flag: string, named: string): string {
  const path = ownPath(named)
  if (named !== '' && !named.endsWith('/') && !isDirectory(path)) return path
  const hint = `name a file, such as ${flag} ${path.replace(/\/$/, '')}/admin.conf`
  throw new KadmError('USAGE', `${flag} ${named === '' ? '""' : named} is a directory, not a file`, { hint })
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

/** Writes a file on the operator's host atomically; without another mode only its owner can read it. */
export function writeOwn(file: string, text: string, mode = 0o600): void {
  const path = ownPath(file)
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    // A random name, so that another user cannot have created a link with this name.
    const temporary = `${path}.${randomBytes(8).toString('hex')}.tmp`
    writeFileSync(temporary, text, { mode, flag: 'wx', flush: true })
    renameSync(temporary, path)
  } catch (cause) {
    const reason = (cause as Error).message
    const hint = 'choose a file in a writable directory'
    throw new KadmError('HOST_FILE', `cannot write ${path} locally: ${reason}`, { cause, hint })
  }
}

/** Like writeOwn, for a file of the user: replaces other content only with --force, and keeps a backup. */
export function writeUnlessOther(file: string, text: string, force: boolean): boolean {
  const path = ownPath(file)
  const found = existsSync(path) ? readFileSync(path, 'utf8') : undefined
  if (found === text) return false
  if (found !== undefined && !force) {
    throw new KadmError('USAGE', `${path} exists already and differs`, {
      hint: 'use another --to, or --force to replace the file (kadm keeps a copy)',
    })
  }
  if (found !== undefined) writeOwn(`${path}.before`, found)
  writeOwn(path, text)
  return true
}
