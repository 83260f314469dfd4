import type { Cluster } from '../cluster/cluster.ts'
import type { Discovered } from '../cluster/session.ts'
import type { RunReport } from './run-plan.ts'

/** The answer of `kadm join`. */
export function joinResult(cluster: Cluster, discovered: Discovered, report: RunReport) {
  return {
    nodes: cluster.nodes.map(({ name, role }) => ({ name, role })),
    server: discovered.server,
    kubernetesVersion: cluster.config.kubernetesVersion,
    changes: report.changes,
    phases: report.phases,
    warnings: report.warnings,
    seconds: report.seconds,
  }
}

export function joinText(result: ReturnType<typeof joinResult>): string {
  const names = result.nodes.map(({ name }) => name).join(', ')
  const first =
    result.changes.length === 0
      ? `${names}: already in the cluster at ${result.server}; nothing was changed (${result.seconds} s).`
      : `${names}: joined the cluster at ${result.server} (${result.seconds} s).`
  return `${first}\n\nSee the nodes come up, on a control plane:\n  kubectl get nodes\n`
}
