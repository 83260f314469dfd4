import type { Fault } from './field-path.ts'

/** What a host says of itself and may fail to say: its name, its one container runtime, its address. */
export type MachineFact = 'name' | 'criSocket' | 'advertiseAddress'

/** Whether the steps of a run need it. */
export type Needs = (fact: MachineFact) => boolean

export const needsAll: Needs = () => true

/** The faults of facts that are needed: a run is not refused for what none of its steps asks. */
export function neededFaults(faults: readonly Fault[], needs: Needs): readonly Fault[] {
  return faults.filter(({ path }) => needs(factOf(String(path.at(-1)))))
}

function factOf(field: string): MachineFact {
  if (field === 'name' || field === 'kubeletExtraArgs') return 'name'
  return field === 'criSocket' ? 'criSocket' : 'advertiseAddress'
}
