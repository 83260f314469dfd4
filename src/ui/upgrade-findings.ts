import type { UpgradeFinding } from '../cluster/upgrade-plan.ts'

const gravest: readonly UpgradeFinding['level'][] = ['error', 'ignored', 'warning']

/** Formats what to know before an upgrade, errors first, each with what to do. */
export function presentFindings(findings: readonly UpgradeFinding[]): string {
  const sorted = findings.toSorted((a, b) => gravest.indexOf(a.level) - gravest.indexOf(b.level))
  return sorted
    .map(({ level, check, message, remedy }) => `[${level.toUpperCase()} ${check}]: ${message}\n  → ${remedy}\n\n`)
    .join('')
}
