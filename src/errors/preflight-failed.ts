import { isKadmError, KadmError, type Problem } from './kadm-error.ts'

const passOver = 'or skip a check with --ignore-preflight-errors='

/** Creates the error for the failed checks of one or more nodes, with the flag that ignores them. */
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

/** Returns one error for the failed checks of all nodes; undefined if another error is among the failures. */
export function mergePreflight(failures: readonly unknown[]): KadmError | undefined {
  // An error without problems has its cause in the message.
  const problems = failures.map(failure => (isKadmError(failure, 'PREFLIGHT_FAILED') ? failure.problems : []))
  return problems.some(found => found.length === 0) ? undefined : preflightFailed(problems.flat())
}
