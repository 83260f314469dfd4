import type { Judgement } from '../../src/phases/phase.ts'
import type { Machine } from '../lab/vm/machine.ts'
import type { Operator } from './operator.ts'

export type Judged = Judgement & { readonly node: string }

/** The checks of `kadm preflight` on machines, whether it finds errors or not. */
export async function preflight(
  operator: Operator,
  words: readonly string[],
  machines: readonly Machine[],
): Promise<readonly Judged[]> {
  const hosts = machines.flatMap(machine => ['--host', machine.ssh()])
  const { checks } = await operator.answer<{ checks: readonly Judged[] }>(['preflight', ...words, ...hosts], [0, 3])
  return checks
}
