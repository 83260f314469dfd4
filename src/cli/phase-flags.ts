import { type FlagValues, phaseFlags } from '../config/flags.ts'
import { KadmError } from '../errors/kadm-error.ts'
import { initPhases } from '../phases/pipelines.ts'
import { phaseJudge } from '../pipeline/plan.ts'

/** `init phase` declares what any phase takes: a flag that this one would ignore is refused, as by kubeadm. Throws USAGE. */
export function refuseOthersFlags(phase: readonly string[], flags: FlagValues): void {
  const name = phase.join('/')
  const ids = initPhases.filter(id => phaseJudge('init', [id])(name) === undefined)
  const mine = new Map(ids.flatMap(id => phaseFlags('init', id)).map(flag => [flag.name, flag]))
  const others = Object.keys(flags).filter(flag => !mine.has(flag))
  if (others.length === 0) return
  const shown = [...mine.values()].filter(({ hidden }) => hidden === undefined).map(flag => flag.name)
  const are = others.length === 1 ? 'is no flag' : 'are no flags'
  throw new KadmError('USAGE', `${listed(others)} ${are} of the phase ${name}`, { hint: `it takes ${listed(shown)}` })
}

function listed(names: readonly string[]): string {
  return names
    .toSorted()
    .map(name => `--${name}`)
    .join(', ')
}
