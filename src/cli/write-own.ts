import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, resolve } from 'node:path'

/** Writes a file of the operator's that may hold secrets: whole or not at all, for its owner alone. Gives its whole path. */
export function writeOwn(file: string, text: string): string {
  const path = resolve(file.replace(/^~(?=\/)/, homedir()))
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const temporary = `${path}.${process.pid}.tmp`
  writeFileSync(temporary, text, { mode: 0o600, flush: true })
  renameSync(temporary, path)
  return path
}
