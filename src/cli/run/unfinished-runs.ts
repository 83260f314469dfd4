import type { UnfinishedRun } from '../../cluster/state.ts'

/** Returns a warning for each host on which an earlier run did not finish. */
export function unfinishedRunWarnings(runs: readonly UnfinishedRun[], now: Date): readonly string[] {
  return runs.map(({ host, run, command, steps, stoppedAt }) => {
    const what = command === undefined ? `the run ${run}` : `\`${command}\` (run ${run})`
    const where = steps.length === 0 ? 'between two steps' : `in ${steps.map(({ phase }) => phase).join(', ')}`
    const when = stoppedAt === undefined ? '' : ` ${ago(now.getTime() - stoppedAt.getTime())}`
    return `${host}: ${what} stopped ${where}${when} and did not finish; running it again continues it`
  })
}

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const

function ago(ms: number): string {
  // At least two of a unit: 90 minutes are not one hour.
  const [unit, length] = units.find(([, one]) => ms >= 2 * one) ?? ['second', 1000]
  return new Intl.RelativeTimeFormat('en').format(-Math.max(0, Math.floor(ms / length)), unit)
}
