import { randomBytes } from 'node:crypto'

/** Distinguishes the temporary files of this process from those of killed processes. */
const own = `.kadm-${randomBytes(4).toString('hex')}`

/** Returns a name for a file that will be renamed: `.kadm-` and 16 hex characters. */
export function tempName(): string {
  return own + randomBytes(4).toString('hex')
}

/** True for the name of a temporary file. */
export function isTemporary(name: string): boolean {
  return /^\.kadm-[0-9a-f]{16}$/.test(name)
}

/** True for a temporary file of another process, which was killed: only one run at a time holds the lock of a host. */
export function isLeftover(name: string): boolean {
  return isTemporary(name) && !name.startsWith(own)
}
