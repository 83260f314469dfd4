import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, resolve } from 'node:path'
import { KadmError } from '../errors/kadm-error.ts'

/** The whole path of a file as the operator named it. */
export function ownPath(file: string): string {
  return resolve(file.replace(/^~(?=\/)/, homedir()))
}

/** Writes a file of the operator's that may hold secrets: whole or not at all, for its owner alone. */
export function writeOwn(file: string, text: string): void {
  const path = ownPath(file)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  // A name that nobody can have taken before, with a link to elsewhere.
  const temporary = `${path}.${randomBytes(8).toString('hex')}.tmp`
  writeFileSync(temporary, text, { mode: 0o600, flag: 'wx', flush: true })
  renameSync(temporary, path)
}

/** The same for a file that may be somebody's: one that differs is replaced only when asked for, and kept beside. */
export function writeUnlessOther(file: string, text: string, force: boolean): boolean {
  const path = ownPath(file)
  const found = existsSync(path) ? readFileSync(path, 'utf8') : undefined
  if (found === text) return false
  if (found !== undefined && !force) {
    throw new KadmError('USAGE', `${path} exists already and differs`, {
      hint: 'choose another --to, or --force to replace it (a copy is kept)',
    })
  }
  if (found !== undefined) writeOwn(`${path}.before`, found)
  writeOwn(path, text)
  return true
}
