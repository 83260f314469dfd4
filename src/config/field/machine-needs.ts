import type { Fault } from './field-path.ts'

/** Facts that a host may not provide: its name, its only container runtime, its address. */
export type MachineFact = 'name' | 'criSocket' | 'advertiseAddress'

/** Returns whether the steps of a run need a fact. */
export type Needs = (fact: MachineFact) => boolean

export const needsAll: Needs = () => true

/** Returns the errors of facts that are needed: a run does not fail for a fact that none of its steps uses. */
export function neededFaults(faults: readonly Fault[], needs: Needs): readonly Fault[] {
  return faults.filter(({ path }) => needs(factOf(String(path.at(-1)))))
}

function factOf(field: string): MachineFact {
  if (field === 'name' || field === 'kubeletExtraArgs') return 'name'
  return field === 'criSocket' ? 'criSocket' : 'advertiseAddress'
}
