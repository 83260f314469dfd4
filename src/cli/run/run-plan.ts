import { given } from '../../cluster/given.ts'
import { isSecret } from '../../cluster/secret.ts'
import { type Composition, compose } from '../../compose/compose.ts'
import type { Judgement } from '../../phases/phase.ts'
import type { Change, Event, Step } from '../../pipeline/events.ts'
import { execute } from '../../pipeline/execute.ts'
import { oneByOne, type Plan } from '../../pipeline/plan.ts'
import { makeProgress } from '../../ui/progress.ts'
import type { CommonOptions } from '../options.ts'
import { logRun } from './log-run.ts'

/** What a run collects for its result on stdout. */
export interface RunReport {
  /** Values that phases reported, by key, in order. Secrets are revealed, because the command exists to print them. */
  readonly results: Readonly<Record<string, readonly string[]>>
  /** The same values with the node that reported them. */
  readonly values: readonly { readonly node: string; readonly key: string; readonly value: string }[]
  readonly changes: readonly {
    readonly phase: string
    readonly node: string
    readonly kind: string
    readonly what: string
  }[]
  /** The same changes with all details. */
  readonly steps: readonly StepChanges[]
  /** Servers of the cluster that a dry run assumes to be absent because they did not answer. */
  readonly absent: readonly string[]
  readonly phases: readonly {
    readonly phase: string
    readonly node: string
    readonly seconds: number
    readonly changes: number
  }[]
  readonly warnings: readonly string[]
  /** Results of checks, for `kadm preflight` only. */
  readonly judgements: readonly (Judgement & { readonly node: string })[]
  readonly seconds: number
}

/** The changes of one step. */
export interface StepChanges {
  readonly step: Step
  readonly changes: readonly Change[]
}

/** Runs a plan with progress on stderr and collects its results. Throws the error of the first failure. */
export async function runPlan(plan: Plan, parts: Composition, options: CommonOptions): Promise<RunReport> {
  const { report, failure } = await tryPlan(plan, parts, options)
  if (failure !== undefined) throw failure.error
  return report
}

/** The results until the end, and why the run ended early. */
export interface Tried {
  readonly report: RunReport
  readonly failure?: { readonly error: unknown }
}

/** Like runPlan, but returns a failure together with the results so far. */
export async function tryPlan(plan: Plan, parts: Composition, options: CommonOptions): Promise<Tried> {
  const progress = makeProgress(options.progress, { stderr: process.stderr, env: process.env })
  const collected = collector(plan)
  const log = logRun(parts)
  const { open, absent, close } = compose(parts)
  let failure: Tried['failure']
  try {
    await execute(parts.dryRun === undefined ? plan : oneByOne(plan), open, parts.session, event => {
      collected.take(event)
      log.take(event)
      progress.emit(event)
    })
  } catch (error) {
    failure = { error }
    log.fail(error)
  } finally {
    close()
    await progress.close()
  }
  return { report: { ...collected.report(), absent: [...absent] }, ...given({ failure }) }
}

/** Collects changes. Steps end in any order; the report has the order of the plan. */
function collector(plan: Plan): { take(event: Event): void; report(): Omit<RunReport, 'absent'> } {
  const results: Record<string, string[]> = {}
  const values: RunReport['values'][number][] = []
  const ended = new Map<Step, Extract<Event, { type: 'step-done' | 'step-failed' }>>()
  const warnings: string[] = []
  const judgements: RunReport['judgements'][number][] = []
  const started = performance.now()
  let ms: number | undefined
  return {
    take(event) {
      if (event.type === 'step-note' && event.note.kind === 'result') {
        const { key } = event.note
        const value = isSecret(event.note.value) ? event.note.value.reveal() : event.note.value
        results[key] = [...(results[key] ?? []), value]
        values.push({ node: event.step.node.name, key, value })
      }
      if (event.type === 'step-note' && event.note.kind === 'warning') warnings.push(event.note.text)
      if (event.type === 'step-note' && event.note.kind === 'judgement') {
        const { kind: _, ...judgement } = event.note
        judgements.push({ node: event.step.node.name, ...judgement })
      }
      if (event.type === 'run-done') ms = event.ms
      if (event.type === 'step-done' || event.type === 'step-failed') ended.set(event.step, event)
    },
    report() {
      const steps = plan.steps.flatMap(step => ended.get(step) ?? [])
      const where = ({ phase, node }: Step) => ({ phase: phase.id, node: node.name })
      return {
        results,
        values,
        changes: steps.flatMap(({ step, changes }) =>
          changes.map(({ kind, what }) => ({ ...where(step), kind, what })),
        ),
        steps,
        phases: steps.map(one => ({ ...where(one.step), seconds: round(one.ms), changes: one.changes.length })),
        warnings,
        judgements,
        seconds: round(ms ?? performance.now() - started),
      }
    },
  }
}

function round(ms: number): number {
  return Math.round(ms) / 1000
}
