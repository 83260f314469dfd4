import type { Step } from '../pipeline/events.ts'
import { presentChanges } from '../ui/present-changes.ts'
import { presentResult } from '../ui/present-result.ts'
import { type ShownChange, showChange } from '../ui/shown-change.ts'
import type { CommonOptions } from './options.ts'
import type { RunReport } from './run-plan.ts'

/** The answer of a dry run. Changes are those of a real run, in the order of the plan. */
export interface DryRunAnswer {
  readonly dryRun: true
  readonly nodes: readonly { readonly name: string; readonly role: string }[]
  readonly changes: readonly ShownChange[]
  /** How many of each kind. */
  readonly summary: Readonly<Partial<Record<ShownChange['kind'], number>>>
  /** Servers that did not answer: what the cluster holds is unknown, and its objects are shown as new. */
  readonly unansweredServers: readonly string[]
  readonly phases: RunReport['phases']
  readonly warnings: readonly string[]
  readonly seconds: number
}

/** What a dry run prints on stdout. */
export function dryRunAnswer(report: RunReport, nodes: DryRunAnswer['nodes'], output: CommonOptions['output']): string {
  const changes = report.steps.flatMap(({ step, changes }) => changes.map(change => showChange(step, change)))
  const { absent, phases, warnings, seconds } = report
  const answer: DryRunAnswer = {
    dryRun: true,
    nodes: nodes.map(({ name, role }) => ({ name, role })),
    changes,
    summary: count(changes),
    unansweredServers: absent,
    phases,
    warnings,
    seconds,
  }
  return presentResult(answer, output, value =>
    textOf(
      value,
      report.steps.map(({ step }) => step),
    ),
  )
}

function count(changes: readonly ShownChange[]): DryRunAnswer['summary'] {
  const counts: Partial<Record<ShownChange['kind'], number>> = {}
  for (const { kind } of changes) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

function textOf(answer: DryRunAnswer, steps: readonly Step[]): string {
  const color = process.stdout.isTTY === true && process.env.NO_COLOR === undefined
  const titles = new Map(steps.map(({ phase }) => [phase.id, phase.title]))
  const shown = presentChanges(answer.changes, { color, titles, several: answer.nodes.length > 1 })
  const unanswered = answer.unansweredServers.map(
    server => `Nothing answers at ${server} yet: the objects of the cluster are shown as new.\n`,
  )
  return [shown, ...unanswered, `${summaryLine(answer.summary)}\n`].join('')
}

const words: Readonly<Record<ShownChange['kind'], (count: string) => string>> = {
  file: count => `write ${count} file`,
  dir: count => `make ${count} director`,
  remove: count => `remove ${count} path`,
  object: count => `write ${count} object`,
  exec: count => `run ${count} command`,
  image: count => `pull ${count} image`,
  pod: count => `remove ${count} pod`,
  member: count => `make ${count} change`,
}

function summaryLine(summary: DryRunAnswer['summary']): string {
  const parts = Object.entries(summary).map(([kind, count]) => phrase(kind as ShownChange['kind'], count))
  if (parts.length === 0) return 'Dry run: everything is as it should be; the run would change nothing.'
  return `Dry run: nothing was changed. The run would ${parts.join(', ')}.`
}

function phrase(kind: ShownChange['kind'], count: number): string {
  const text = words[kind](String(count))
  const ends = kind === 'dir' ? (['y', 'ies'] as const) : (['', 's'] as const)
  return `${text}${ends[count === 1 ? 0 : 1]}${kind === 'member' ? " of etcd's members" : ''}`
}
