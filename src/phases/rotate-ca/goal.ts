import type { CaName } from '../../cluster/node-files.ts'
import type { CaGoal, RotateRequest } from '../../cluster/rotation.ts'
import type { Target } from '../phase.ts'

/** Returns the goal for the CA of the cluster. */
export function clusterGoal({ goals }: RotateRequest): CaGoal | undefined {
  return goals.find(({ ca }) => ca === 'ca')
}

/** Returns the reason to skip a phase that only concerns one of these CAs. */
export function unless(...names: readonly CaName[]) {
  return ({ request: { goals } }: Pick<Target<RotateRequest>, 'request'>): string | undefined =>
    goals.some(({ ca }) => names.includes(ca)) ? undefined : 'this CA is not rotated'
}

/** Skips a phase of the end of a rotation. */
export function unlessLast({ request: { goals } }: Pick<Target<RotateRequest>, 'request'>): string | undefined {
  return goals.some(({ both }) => !both) ? undefined : 'both CAs are trusted'
}
