import type { Node } from '../cluster/cluster.ts'
import type { HostReader } from '../host/host.ts'
import { readFilesBelow } from '../observe/files-below.ts'
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
  /** What a reset would leave on its machines. */
  readonly stays: readonly { readonly node: string; readonly what: string }[]
  readonly phases: RunReport['phases']
  readonly warnings: readonly string[]
  readonly seconds: number
}

/** What a dry run prints on stdout. The machines are as they were, so they still tell what is in a folder that would go. */
export async function dryRunAnswer(
  report: RunReport,
  hosts: ReadonlyMap<Node, HostReader>,
  output: CommonOptions['output'],
): Promise<string> {
  const { steps, absent, phases, warnings, seconds, told } = report
  const removed = (node: Node) =>
    steps.flatMap(one => (one.step.node === node ? one.changes.filter(({ kind }) => kind === 'remove') : []))
  const contents = new Map(
    await Promise.all(
      [...hosts].map(async ([node, host]) => {
        const paths = removed(node).map(({ what }) => what)
        return [node, await readFilesBelow(host, paths)] as const
      }),
    ),
  )
  const changes = steps.flatMap(({ step, changes }) =>
    changes.map(change => showChange(step, change, contents.get(step.node)?.get(change.what))),
  )
  const answer: DryRunAnswer = {
    dryRun: true,
    nodes: [...hosts.keys()].map(({ name, role }) => ({ name, role })),
    changes,
    summary: count(changes),
    unansweredServers: absent,
    stays: told.filter(({ key }) => key === 'stays').map(({ node, value }) => ({ node, what: value })),
    phases,
    warnings,
    seconds,
  }
  const titles = new Map(steps.map(({ step: { phase } }) => [phase.id, phase.title]))
  return presentResult(answer, output, value => textOf(value, titles))
}

function count(changes: readonly ShownChange[]): DryRunAnswer['summary'] {
  const counts: Partial<Record<ShownChange['kind'], number>> = {}
  for (const { kind } of changes) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

function textOf(answer: DryRunAnswer, titles: ReadonlyMap<string, string>): string {
  const color = process.stdout.isTTY === true && process.env.NO_COLOR === undefined
  const shown = presentChanges(answer.changes, { color, titles, several: answer.nodes.length > 1 })
  const last = [
    ...answer.stays.map(({ node, what }) => `would stay on ${node}: ${what}`),
    ...answer.unansweredServers.map(
      server => `Nothing answers at ${server} yet: the objects of the cluster are shown as new.`,
    ),
    summaryLine(answer.summary),
  ]
  return `${shown}${last.join('\n')}\n`
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
