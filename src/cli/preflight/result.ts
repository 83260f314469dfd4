import type { Cluster } from '../../cluster/cluster.ts'
import type { RunReport } from '../run/run-plan.ts'

/** The answer of `kadm preflight`: each check on each node, in the order in which the hosts were given. */
export function preflightResult({ nodes }: Pick<Cluster, 'nodes'>, { judgements, seconds }: RunReport) {
  const count = (level: string) => judgements.filter(judgement => judgement.level === level).length
  return {
    nodes: nodes.map(({ name, role }) => ({ name, role })),
    errors: count('error'),
    skipped: count('skipped'),
    warnings: count('warning') + count('ignored'),
    checks: nodes.flatMap(({ name }) => judgements.filter(({ node }) => node === name)),
    seconds,
  }
}

export type PreflightResult = ReturnType<typeof preflightResult>
