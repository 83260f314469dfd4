import type { UpgradeRequest } from '../../cluster/request.ts'
import type { Target } from '../../phases/phase.ts'
import type { RunReport } from '../run/run-plan.ts'

/** The result of `kadm upgrade apply` and `kadm upgrade node`. */
export function upgradeResult(targets: readonly Target<UpgradeRequest>[], report: RunReport) {
  return {
    nodes: targets.map(({ cluster, node, request }) => ({
      name: node.name,
      role: node.role,
      from: request.from,
      to: cluster.config.kubernetesVersion,
      changes: report.changes.filter(change => change.node === node.name).length,
      backups: report.values.filter(one => one.node === node.name && one.key === 'backup').map(({ value }) => value),
    })),
    changes: report.changes,
    phases: report.phases,
    warnings: report.warnings,
    seconds: report.seconds,
  }
}

export type UpgradeResult = ReturnType<typeof upgradeResult>

/** Says what happened to each node. */
export function upgradeText({ nodes, seconds }: UpgradeResult): string {
  const lines = nodes.flatMap(({ name, role, to, changes, backups }) => {
    const what = role === 'control-plane' ? 'control plane' : 'configuration of the kubelet'
    if (changes === 0) return [`${name}: the ${what} has version ${to}; nothing was changed (${seconds} s).`]
    return [`${name}: the ${what} was upgraded to ${to} (${seconds} s).`, ...backups.map(path => `Backup: ${path}`)]
  })
  return lines.map(line => `${line}\n`).join('')
}

const here = '  kadm upgrade node'
const elsewhere = '  kadm upgrade node --host NODE'

/** The next steps after the first control plane. `spec` is how the operator named its host. */
export function nextSteps(spec: string | undefined): string {
  return [
    'Next, one node after another, first the other control planes:',
    spec === undefined ? here : elsewhere,
    'Then drain each node, upgrade its packages kubelet and kubectl, restart the kubelet, and uncordon the node.',
    'Upgrade the CNI provider if its documentation says so for this version.',
  ]
    .map(line => `${line}\n`)
    .join('')
}
