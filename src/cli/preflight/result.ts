import type { Cluster } from '../../cluster/cluster.ts'
import type { RunReport } from '../run/run-plan.ts'

/** The result of `kadm preflight`: each check on each node, in the order of the hosts. */
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
