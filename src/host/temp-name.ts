import { randomBytes } from 'node:crypto'

/** Distinguishes the temporary files of this process from those of killed processes. */
const own = `.kadm-${randomBytes(4).toString('hex')}`

/** A name for a file that is about to be renamed: `.kadm-` and 16 hex characters. */
export function tempName(): string {
  return own + randomBytes(4).toString('hex')
}

/** True for a temporary file of another process: one that was killed, since a host is claimed by one run at a time. */
export function isLeftover(name: string): boolean {
  return /^\.kadm-[0-9a-f]{16}$/.test(name) && !name.startsWith(own)
}
