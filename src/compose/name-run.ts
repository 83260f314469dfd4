import { randomBytes } from 'node:crypto'
import type { Claimant } from '../host/claim/claimant.ts'

/** A run as run logs and locks identify it. */
export type NamedRun = Pick<Claimant, 'run' | 'command' | 'since'>

/** The time comes first, so that names sort. The command has no arguments, which may contain a token: `kadm init`. */
export function nameRun(command: string, since: Date): NamedRun {
  return { run: `${since.toISOString().replace(/[-:]|\.\d+/g, '')}-${randomBytes(3).toString('hex')}`, command, since }
}
