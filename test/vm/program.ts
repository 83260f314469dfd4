import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')
const bundle = join(root, 'dist', 'kadm.cjs')

/** kadm in one file; it is there after `npm run build:binary`. */
export const executable = join(root, 'dist', `kadm-${process.platform}-${process.arch}`)

/** kadm on this host as the start of a command line: the executable where it was built, else the bundle on this Node.js. */
export function kadmProgram(): readonly string[] {
  return existsSync(executable) ? [executable] : [process.execPath, join(root, 'bin', 'kadm.js')]
}

/** A digest of what `kadmProgram` runs. */
export function kadmDigest(): string {
  return createHash('sha256')
    .update(readFileSync(existsSync(executable) ? executable : bundle))
    .digest('hex')
}
