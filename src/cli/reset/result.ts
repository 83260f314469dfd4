import type { Node } from '../../cluster/cluster.ts'
import { counted } from '../../ui/text.ts'
import type { RunReport } from '../run/run-plan.ts'
import type { Loss } from './question.ts'

/** Every run writes this record on the host. A reset writes it too, and removes it at the end. */
const ownRecord = '/var/lib/kadm'

/** The result of `kadm reset`. */
export function resetResult(nodes: readonly Node[], losses: readonly Loss[], report: RunReport) {
  const changes = report.changes.filter(({ what }) => what !== ownRecord)
  return {
    nodes: nodes.map(({ name, role }) => {
      const loss = losses.find(({ node }) => node === name)
      const count = changes.filter(({ node }) => node === name).length
      return {
        name,
        role,
        changes: count,
        lastControlPlane: loss?.last === 'sure',
        goneForGood: count === 0 ? [] : (loss?.forGood ?? []),
        backups: [...new Set(valuesOf(report, name, 'backup'))],
        stays: valuesOf(report, name, 'stays'),
      }
    }),
    changes,
    phases: report.phases,
    warnings: report.warnings,
    seconds: report.seconds,
  }
}

function valuesOf({ values }: RunReport, node: string, key: string): readonly string[] {
  return values.filter(one => one.node === node && one.key === key).map(({ value }) => value)
}

export type ResetResult = ReturnType<typeof resetResult>

/** `remote`: kadm runs on none of the hosts. */
export function resetText({ nodes, seconds }: ResetResult, remote = false): string {
  return nodes.map(node => nodeText(node, seconds, remote)).join('\n')
}

function nodeText(node: ResetResult['nodes'][number], seconds: number, remote: boolean): string {
  const { name, changes, goneForGood, backups, stays, lastControlPlane } = node
  const place = remote ? ' --host <control-plane>' : ''
  const lines = [
    changes === 0
      ? `${name}: nothing to reset (${seconds} s).`
      : `${name}: reset with ${counted(changes, 'change')} (${seconds} s). The kubelet is stopped and still enabled.`,
    ...(goneForGood.length === 0 ? [] : [`Deleted: ${goneForGood.join(', ')}`]),
    ...backups.map(path => `Backup: ${path}`),
    ...(stays.length === 0 ? [] : [`Not removed from ${name}:`, ...stays.map(line => `  ${line}`)]),
    ...(changes === 0 || lastControlPlane
      ? []
      : ['If the cluster still exists, remove the Node on a control plane:', `  kadm node remove ${name}${place}`]),
  ]
  return lines.map(line => `${line}\n`).join('')
}
