import { skipped } from './check.ts'
import type { CheckVerdict } from './run-checks.ts'
import { type CheckRow, kadmRows, kubeadmRows } from './table.ts'

const rows = [...kubeadmRows, ...kadmRows]
const judgedBy = (what: CheckRow['judgedBy']) =>
  new Set(rows.filter(row => row.judgedBy === what).map(({ name }) => name))

/** Checks that need the configuration of the cluster. */
const byConfiguration = judgedBy('configuration')

/** Checks that compare a host with the Nodes of the cluster. */
const byNodes = judgedBy('nodes')

/** Returns the verdicts without those that need the cluster, which does not answer. An error that was found is kept. */
export function withoutCluster(
  verdicts: readonly CheckVerdict[],
  unanswered: string | undefined,
): readonly CheckVerdict[] {
  if (unanswered === undefined) return verdicts
  return verdicts.map(verdict => {
    const { check, findings } = verdict
    const faults = findings.filter(({ level }) => level !== 'skipped')
    if (byConfiguration.has(check))
      return { ...verdict, findings: [skipped(`the cluster configuration is not available: ${unanswered}`)] }
    if (byNodes.has(check) && faults.length === 0)
      return { ...verdict, findings: [skipped(`the Nodes of the cluster are not available: ${unanswered}`)] }
    return verdict
  })
}
