import { randomBytes } from 'node:crypto'
import type { Claimant } from '../host/claim/claimant.ts'

/** A run as journals and claims know it. */
export type NamedRun = Pick<Claimant, 'run' | 'command' | 'since'>

/** Time first, so that runs sort. The command without its arguments, which may hold a token: `kadm init`. */
export function nameRun(command: string, since: Date): NamedRun {
  return { run: `${since.toISOString().replace(/[-:]|\.\d+/g, '')}-${randomBytes(3).toString('hex')}`, command, since }
}
