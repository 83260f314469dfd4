import type { Needs } from '../config/field/machine-needs.ts'
import type { PhaseFacts } from './phase.ts'

/** Returns the facts of a host that these phases require. */
export function needsOf(phases: readonly Pick<PhaseFacts, 'needs'>[]): Needs {
  return fact => phases.some(({ needs = ['name', 'advertiseAddress'] }) => needs.includes(fact))
}
