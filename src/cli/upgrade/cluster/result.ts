import type { Hop } from '../../../phases/upgrade-pipelines.ts'
import type { RunReport } from '../../run/run-plan.ts'

/** What an upgrade of a cluster was about. */
interface Upgraded {
  readonly from: string
  readonly hops: readonly Hop[]
  /** Names of nodes that keep their version. */
  readonly left: readonly string[]
}

/** The result of `kadm upgrade cluster`. */
export function upgradeClusterResult({ from, hops, left }: Upgraded, report: RunReport) {
  const to = hops.at(-1)?.version ?? from
  const targets = hops.at(-1)?.targets ?? []
  return {
    from,
    to,
    hops: hops.map(({ version }) => version),
    nodes: targets.map(({ node }) => ({
      name: node.name,
      role: node.role,
      changes: report.changes.filter(change => change.node === node.name).length,
      backups: report.values.filter(one => one.node === node.name && one.key === 'backup').map(({ value }) => value),
    })),
    left,
    changes: report.changes,
    phases: report.phases,
    warnings: report.warnings,
    seconds: report.seconds,
  }
}

export type UpgradeClusterResult = ReturnType<typeof upgradeClusterResult>

/** Says what happened to each node, and which nodes are left. */
export function upgradeClusterText({ to, nodes, left, seconds }: UpgradeClusterResult): string {
  const lines = nodes.flatMap(({ name, changes, backups }) => [
    changes === 0 ? `${name}: has version ${to}; nothing was changed.` : `${name}: was upgraded to ${to}.`,
    ...backups.map(path => `Backup: ${path}`),
  ])
  const rest =
    left.length === 0
      ? [`All nodes have version ${to} (${seconds} s).`]
      : [
          `Left: ${left.join(', ')} (${seconds} s).`,
          'Run the same command again, with these nodes and without --pause-after, to continue.',
        ]
  return [...lines, ...rest].map(line => `${line}\n`).join('')
}
