import { KadmError, type Problem } from '../../errors/kadm-error.ts'
import { type EarlierRun, nothingEarlier } from '../../observe/earlier.ts'
import type { PhaseContext } from '../phase.ts'
import type { Check, Finding } from './check.ts'
import { privilegedUser } from './machine.ts'
import { readNodeFacts } from './node-facts.ts'

/** What one check found, under its name. */
export interface Verdict {
  readonly check: string
  readonly findings: readonly Finding[]
}

/** What a table of checks needs beside the facts: the files that tell an earlier run, and how to judge them. */
export interface Earlier {
  readonly traces: readonly string[]
  readonly read: () => Promise<EarlierRun>
}

/** Runs all checks of a node side by side; warnings are reported, errors thrown together as PREFLIGHT_FAILED. */
export async function runChecks(ctx: PhaseContext, checks: readonly Check[], earlier: Earlier): Promise<void> {
  const asked = [...earlier.traces, ...checks.flatMap(check => check.paths ?? [])]
  const facts = await readNodeFacts(ctx.host, ctx.node.name, [...new Set(asked)])
  const found = { ctx, facts, earlier: nothingEarlier }
  settle(ctx, [{ check: privilegedUser.name, findings: await privilegedUser.run(found) }])
  const left = earlier.traces.some(path => facts.paths.has(path)) ? await earlier.read() : nothingEarlier
  const subject = { ...found, earlier: left }
  const verdicts = await Promise.all(
    checks.map(async check => ({ check: check.name, findings: await check.run(subject) })),
  )
  settle(ctx, verdicts)
}

/** Reports warnings and throws errors; errors of ignored checks are warnings. */
export function settle(ctx: Pick<PhaseContext, 'node' | 'report'>, verdicts: readonly Verdict[]): void {
  const problems: Problem[] = []
  for (const { check, findings } of verdicts) {
    const ignored = isIgnored(ctx.node.ignorePreflightErrors, check)
    for (const { level, message, remedy } of [...findings].sort(warningsFirst)) {
      if (level === 'warning' || ignored) ctx.report({ kind: 'warning', text: `[${check}] ${message}` })
      else
        problems.push({
          field: check,
          level,
          message,
          node: ctx.node.name,
          ...(remedy === undefined ? {} : { remedy }),
        })
    }
  }
  if (problems.length === 0) return
  const names = [...new Set(problems.map(problem => problem.field))].join(',')
  throw new KadmError('PREFLIGHT_FAILED', 'preflight checks failed', {
    problems,
    hint: `put these right and run again; to go on without a check, name it: --ignore-preflight-errors=${names}`,
  })
}

function isIgnored(ignored: readonly string[], check: string): boolean {
  return ignored.includes('all') || ignored.includes(check.toLowerCase())
}

function warningsFirst(a: Finding, b: Finding): number {
  return Number(a.level === 'error') - Number(b.level === 'error')
}
