import { statSync } from 'node:fs'
import { KadmError } from '../../errors/kadm-error.ts'
import { ownPath } from '../named-paths.ts'

/** Returns the absolute path of a local directory, which may not exist yet. Throws USAGE for a file. */
export function ownDirectory(flag: string, named: string): string {
  const path = ownPath(named)
  if (named !== '' && statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return path
  throw new KadmError('USAGE', `${flag} ${named === '' ? '""' : named} is not a directory`)
}

/** True for an existing local directory. */
export function isOwnDirectory(named: string): boolean {
  return named !== '' && statSync(ownPath(named), { throwIfNoEntry: false })?.isDirectory() === true
}
