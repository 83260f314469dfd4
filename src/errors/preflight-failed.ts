import { isKadmError, KadmError, type Problem } from './kadm-error.ts'

const passOver = 'or skip a check with --ignore-preflight-errors='

/** The failed checks of one node or of several, with the flag that would pass over them. */
export function preflightFailed(problems: readonly Problem[]): KadmError {
  const names = [...new Set(problems.flatMap(({ ignoreAs }) => ignoreAs ?? []))]
  const nodes = [...new Set(problems.flatMap(problem => problem.node ?? []))]
  return new KadmError(
    'PREFLIGHT_FAILED',
    `preflight checks failed${nodes.length > 1 ? ` on ${nodes.join(', ')}` : ''}`,
    {
      problems,
      hint: `fix these and run again${names.length === 0 ? '' : `, ${passOver}${names.join(',')}`}`,
    },
  )
}

/** One error for the failed checks of all nodes; undefined when something else failed, too. */
export function mergePreflight(failures: readonly unknown[]): KadmError | undefined {
  // One without problems says in its message what is wrong.
  const problems = failures.map(failure => (isKadmError(failure, 'PREFLIGHT_FAILED') ? failure.problems : []))
  return problems.some(found => found.length === 0) ? undefined : preflightFailed(problems.flat())
}
