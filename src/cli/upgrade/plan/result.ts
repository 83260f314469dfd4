import type { ConfigVersion, PlannedUpgrade, UpgradeFinding } from '../../../cluster/upgrade-plan.ts'
import { exitCodes } from '../../../errors/codes.ts'
import { presentFindings } from '../../../ui/upgrade-findings.ts'
import { upgradeTables } from '../../../ui/upgrade-tables.ts'
import { outputVersion } from '../../output-objects.ts'
import type { RunReport } from '../../run/run-plan.ts'
import { type DiffChange, diffAnswer } from '../diff/result.ts'
import type { PlanSeen } from './observe.ts'
import type { PlanAsked } from './parse.ts'

/** kubeadm's UpgradePlan, followed by the keys of kadm. */
export interface PlanAnswer {
  readonly kind: 'UpgradePlan'
  readonly apiVersion: typeof outputVersion
  readonly availableUpgrades: readonly PlannedUpgrade[]
  readonly configVersions: readonly ConfigVersion[]
  readonly findings: readonly UpgradeFinding[]
  /** Files and ConfigMaps that differ from what kadm writes for the version of the cluster. */
  readonly drift: readonly DiffChange[]
}

export function planAnswer(asked: PlanAsked, seen: PlanSeen, report: Pick<RunReport, 'steps'>): PlanAnswer {
  const { changes } = diffAnswer(seen.targets, report, 3)
  const findings = seen.findings.map(finding => orIgnored(finding, asked.ignored))
  return {
    kind: 'UpgradePlan',
    apiVersion: outputVersion,
    availableUpgrades: seen.upgrades,
    configVersions: seen.configs,
    findings,
    // Other objects may differ because an earlier kubeadm wrote them.
    drift: changes.filter(({ kind, what }) => kind === 'file' || what.startsWith('ConfigMap ')),
  }
}

function orIgnored(finding: UpgradeFinding, ignored: readonly string[]): UpgradeFinding {
  const skips = ignored.includes('all') || ignored.includes(finding.check.toLowerCase())
  return finding.level === 'error' && skips ? { ...finding, level: 'ignored' } : finding
}

/** An error of a check is graver than an upgrade that is available, which --exit-code reports. */
export function planExitCode(
  { findings, availableUpgrades }: PlanAnswer,
  { exitCode }: Pick<PlanAsked, 'exitCode'>,
): number {
  if (findings.some(({ level }) => level === 'error')) return exitCodes.preflight
  return exitCode && availableUpgrades.length > 0 ? exitCodes.available : 0
}

/** Formats the plan: kubeadm's tables, then findings and drift. */
export function planText(answer: PlanAnswer, config: string | undefined): string {
  const { availableUpgrades, configVersions, findings, drift } = answer
  const printed =
    config === undefined ? '' : `[upgrade/config] Configuration used:\n${config.replace(/^(?=.)/gm, '\t')}`
  const tables = upgradeTables(availableUpgrades, configVersions)
  const none = availableUpgrades.length === 0 ? 'The cluster is up to date: kadm knows no later version.\n\n' : ''
  return `${printed}${tables}${none}${presentFindings(findings)}${driftText(drift)}`.replace(/\n+$/, '\n')
}

function driftText(drift: readonly DiffChange[]): string {
  if (drift.length === 0) return ''
  const lines = drift.map(({ node, what, diff }) => {
    const count = (sign: string) => diff.filter(line => line.startsWith(sign)).length
    return `  ${node === undefined ? '' : `${node}: `}${what} (+${count('+')} -${count('-')} lines)\n`
  })
  const head =
    'These files and objects differ from what kadm writes for the version of the cluster. An upgrade overwrites them:\n'
  return `${head}${lines.join('')}\`kadm upgrade diff\` shows the differences; patches (--patches) keep them.\n`
}
