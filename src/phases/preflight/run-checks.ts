import { given } from '../../cluster/given.ts'
import type { Problem } from '../../errors/kadm-error.ts'
import { preflightFailed } from '../../errors/preflight-failed.ts'
import { type EarlierRun, nothingEarlier } from '../../observe/left/earlier.ts'
import type { PhaseContext } from '../phase.ts'
import { type Check, type Finding, isIgnored } from './check.ts'
import { privilegedUser } from './machine.ts'
import { readNodeFacts } from './node-facts.ts'

/** The findings of one check. */
export interface CheckVerdict {
  readonly check: string
  readonly findings: readonly Finding[]
  /** True if its errors cannot be ignored. */
  readonly standing?: true
}

/** What a check table needs besides the facts: the files that identify an earlier run, and how to judge them. */
export interface Earlier {
  readonly traces: readonly string[]
  readonly read: () => Promise<EarlierRun>
}

/** Runs all checks of a node in parallel, reports warnings, and throws all errors together as PREFLIGHT_FAILED. */
export async function runChecks(ctx: PhaseContext, checks: readonly Check[], earlier: Earlier): Promise<void> {
  settle(ctx, await inspect(ctx, checks, earlier))
}

/**
 * Returns the findings of the checks in their order. Reads the host once and runs the checks in parallel. Without root
 * the other checks cannot read enough, so that only IsPrivilegedUser runs unless it is ignored.
 */
export async function inspect(
  ctx: PhaseContext,
  checks: readonly Check[],
  earlier: Earlier,
): Promise<readonly CheckVerdict[]> {
  const asked = [...earlier.traces, ...checks.flatMap(check => check.paths ?? [])]
  const facts = await readNodeFacts(ctx.host, ctx.node.name, [...new Set(asked)])
  const found = { ctx, facts, earlier: nothingEarlier }
  const user = await verdictOf(privilegedUser, found)
  if (user.findings.length > 0 && !isIgnored(ctx.node.ignorePreflightErrors, user.check)) return [user]
  const left = earlier.traces.some(path => facts.paths.has(path)) ? await earlier.read() : nothingEarlier
  const subject = { ...found, earlier: left }
  return [user, ...(await Promise.all(checks.map(check => verdictOf(check, subject))))]
}

async function verdictOf(check: Check, subject: Parameters<Check['run']>[0]): Promise<CheckVerdict> {
  const findings = await check.run(subject)
  return { check: check.name, findings, ...given({ standing: check.standing }) }
}

/** Reports warnings and throws errors; errors of ignored checks are warnings. */
export function settle(ctx: Pick<PhaseContext, 'node' | 'report'>, verdicts: readonly CheckVerdict[]): void {
  const problems: Problem[] = []
  for (const verdict of verdicts) {
    const { check, findings } = verdict
    const ignored = isDowngraded(ctx.node.ignorePreflightErrors, verdict)
    for (const { level, message, remedy, file = check } of [...findings].sort(warningsFirst)) {
      if (level === 'skipped') continue
      const ignoreAs = verdict.standing === undefined ? check : undefined
      if (level === 'error' && !ignored)
        problems.push({ field: file, level, message, node: ctx.node.name, ...given({ remedy, ignoreAs }) })
      else
        ctx.report({
          kind: 'warning',
          text: `[${check}] ${message}${level === 'warning' && remedy ? `; ${remedy}` : ''}`,
        })
    }
  }
  if (problems.length > 0) throw preflightFailed(problems)
}

/** True if errors of the check become warnings. */
export function isDowngraded(ignored: readonly string[], { check, standing }: CheckVerdict): boolean {
  return standing === undefined && isIgnored(ignored, check)
}

function warningsFirst(a: Finding, b: Finding): number {
  return Number(a.level === 'error') - Number(b.level === 'error')
}
