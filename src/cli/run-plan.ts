import { isSecret } from '../cluster/secret.ts'
import type { Judgement } from '../phases/phase.ts'
import type { Event } from '../pipeline/events.ts'
import { execute } from '../pipeline/execute.ts'
import type { Plan } from '../pipeline/plan.ts'
import { makeProgress } from '../ui/progress.ts'
import { type Composition, compose } from './compose.ts'
import type { CommonOptions } from './options.ts'
import { runJournal } from './run-journal.ts'

/** What a run leaves for its answer on stdout. */
export interface RunReport {
  /** Values that phases told, by key, in order. Revealed: a command that prints them exists for that. */
  readonly results: Readonly<Record<string, readonly string[]>>
  readonly changes: readonly {
    readonly phase: string
    readonly node: string
    readonly kind: string
    readonly what: string
  }[]
  readonly phases: readonly {
    readonly phase: string
    readonly node: string
    readonly seconds: number
    readonly changes: number
  }[]
  readonly warnings: readonly string[]
  /** What checks found, for `kadm preflight` alone. */
  readonly judgements: readonly (Judgement & { readonly node: string })[]
  readonly seconds: number
}

/** Runs a plan with progress on stderr, and collects what it told. */
export async function runPlan(plan: Plan, parts: Composition, options: CommonOptions): Promise<RunReport> {
  const color = process.stderr.isTTY === true && process.env.NO_COLOR === undefined
  // A dumb terminal cannot move its cursor, so it gets lines.
  const mode = options.progress === 'auto' && process.env.TERM === 'dumb' ? 'plain' : options.progress
  const progress = makeProgress(mode, { stderr: process.stderr, color })
  const collected = collector()
  const journal = runJournal(parts)
  const { open, close } = compose(parts)
  try {
    await execute(plan, open, parts.session, event => {
      collected.take(event)
      journal(event)
      progress.emit(event)
    })
  } finally {
    close()
    await progress.close()
  }
  return collected.report()
}

function collector(): { take(event: Event): void; report(): RunReport } {
  const results: Record<string, string[]> = {}
  const changes: RunReport['changes'][number][] = []
  const phases: RunReport['phases'][number][] = []
  const warnings: string[] = []
  const judgements: RunReport['judgements'][number][] = []
  let ms = 0
  return {
    take(event) {
      if (event.type === 'step-note' && event.note.kind === 'result') {
        const { key, value } = event.note
        results[key] = [...(results[key] ?? []), isSecret(value) ? value.reveal() : value]
      }
      if (event.type === 'step-note' && event.note.kind === 'warning') warnings.push(event.note.text)
      if (event.type === 'step-note' && event.note.kind === 'judgement') {
        const { kind: _, ...judgement } = event.note
        judgements.push({ node: event.step.node.name, ...judgement })
      }
      if (event.type === 'run-done') ms = event.ms
      if (event.type !== 'step-done') return
      const where = { phase: event.step.phase.id, node: event.step.node.name }
      phases.push({ ...where, seconds: round(event.ms), changes: event.changes.length })
      changes.push(...event.changes.map(({ kind, what }) => ({ ...where, kind, what })))
    },
    report: () => ({ results, changes, phases, warnings, judgements, seconds: round(ms) }),
  }
}

function round(ms: number): number {
  return Math.round(ms) / 1000
}
