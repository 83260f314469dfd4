import type { Node } from '../../cluster/cluster.ts'
import { given } from '../../cluster/given.ts'
import type { Composition } from '../../compose/compose.ts'
import type { DryRun } from '../../compose/dry.ts'
import type { HostReader } from '../../host/host.ts'
import { readFilesBelow } from '../../observe/machine/files-below.ts'
import type { Plan } from '../../pipeline/plan.ts'
import { type ErrorReport, errorReport } from '../../ui/error-report.ts'
import { presentChanges } from '../../ui/present-changes.ts'
import { presentResult } from '../../ui/present-result.ts'
import { type ShownChange, showChange } from '../../ui/shown-change.ts'
import { hasColor } from '../../ui/terminal.ts'
import type { CommonOptions } from '../options.ts'
import { showError } from '../report-error.ts'
import { type RunReport, type Tried, tryPlan } from './run-plan.ts'

/** The result of a dry run. It lists the changes of a real run in the order of the plan. */
export interface DryRunAnswer {
  readonly dryRun: true
  readonly nodes: readonly { readonly name: string; readonly role: string }[]
  readonly changes: readonly ShownChange[]
  /** The number of changes of each kind. */
  readonly summary: Readonly<Partial<Record<ShownChange['kind'], number>>>
  /** Servers that did not answer; the content of the cluster is unknown. */
  readonly unansweredServers: readonly string[]
  /** Assumptions about a cluster that does not answer. The changes are only as accurate as these. */
  readonly assumed: readonly string[]
  /** What a reset would not remove from its hosts. */
  readonly stays: readonly { readonly node: string; readonly what: string }[]
  readonly phases: RunReport['phases']
  readonly warnings: readonly string[]
  readonly seconds: number
  /** Why the run ended early. The changes are those made before the error. */
  readonly error?: ErrorReport
}

/** What was learned about the cluster before the run. */
export interface ObservedBefore {
  readonly assumed?: readonly string[]
  /** Servers that did not answer and for which nothing is assumed. */
  readonly unanswered?: readonly string[]
  readonly warnings?: readonly string[]
}

/**
 * Runs a plan on hosts and clients that record every change without making it, and prints the result. After a failure
 * it prints the changes so far and the error. Returns the exit code.
 */
export async function runDry(
  plan: Plan,
  parts: Composition & { readonly dryRun: DryRun },
  options: CommonOptions,
  observedBefore: ObservedBefore = {},
): Promise<number> {
  const { report, failure } = await tryPlan(plan, parts, options)
  const more = failure === undefined ? observedBefore : { ...observedBefore, failure }
  process.stdout.write(await dryRunAnswer(report, parts.hosts, options.output, more))
  return failure === undefined ? 0 : showError(failure.error, options)
}

/**
 * Returns the stdout of a dry run. Reads the hosts, which are unchanged, to list the contents of directories that a
 * real run would remove.
 */
export async function dryRunAnswer(
  report: RunReport,
  hosts: ReadonlyMap<Node, HostReader>,
  output: CommonOptions['output'],
  { assumed = [], unanswered = [], warnings: before = [], failure }: ObservedBefore & Pick<Tried, 'failure'> = {},
): Promise<string> {
  const { steps, absent, phases, warnings, seconds, values } = report
  const removed = (node: Node) =>
    steps.flatMap(one => (one.step.node === node ? one.changes.filter(({ kind }) => kind === 'remove') : []))
  // After a lost connection the contents cannot be listed.
  const orThrow = (error: unknown) => {
    if (failure === undefined) throw error
    return new Map<string, readonly string[]>()
  }
  const contents = new Map(
    await Promise.all(
      [...hosts].map(async ([node, host]) => {
        const paths = removed(node).map(({ what }) => what)
        return [node, await readFilesBelow(host, paths).catch(orThrow)] as const
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
    unansweredServers: [...new Set([...unanswered, ...absent])],
    assumed,
    stays: values.filter(({ key }) => key === 'stays').map(({ node, value }) => ({ node, what: value })),
    phases,
    warnings: [...before, ...warnings],
    seconds,
    ...given({ error: failure && errorReport(failure.error) }),
  }
  const titles = new Map(steps.map(({ step: { phase } }) => [phase.id, phase.title]))
  return presentResult(answer, output, value => textOf(value, titles, unanswered))
}

function count(changes: readonly ShownChange[]): DryRunAnswer['summary'] {
  const counts: Partial<Record<ShownChange['kind'], number>> = {}
  for (const { kind } of changes) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

function textOf(answer: DryRunAnswer, titles: ReadonlyMap<string, string>, unanswered: readonly string[]): string {
  const color = hasColor(process.stdout, process.env)
  const shown = presentChanges(answer.changes, { color, titles, several: answer.nodes.length > 1 })
  const failed = answer.error !== undefined
  const first = answer.assumed.length === 0 ? '' : `${assumptionLines(answer)}\n\n`
  const last = [
    ...answer.stays.map(({ node, what }) => `would not be removed from ${node}: ${what}`),
    ...(answer.assumed.length > 0 ? [] : answer.unansweredServers.map(unansweredLine(unanswered))),
    ...(failed && answer.changes.length === 0 ? [] : [summaryLine(answer.summary, failed)]),
  ]
  return `${first}${shown}${last.map(line => `${line}\n`).join('')}`
}

function unansweredLine(notAsked: readonly string[]): (server: string) => string {
  return server =>
    notAsked.includes(server)
      ? `Nothing answers at ${server}: the dry run does not include data from the cluster.`
      : `Nothing answers at ${server}: all cluster objects are shown as new.`
}

function assumptionLines({ unansweredServers, assumed }: DryRunAnswer): string {
  const first = `Nothing answers at ${unansweredServers.join(', ')}. The dry run assumes this cluster data:`
  return [first, ...assumed.map(line => `  ${line}`)].join('\n')
}

const words: Readonly<Record<ShownChange['kind'], (count: string) => string>> = {
  file: count => `write ${count} file`,
  dir: count => `make ${count} director`,
  remove: count => `remove ${count} path`,
  object: count => `write ${count} object`,
  exec: count => `run ${count} command`,
  image: count => `pull ${count} image`,
  pod: count => `remove ${count} pod`,
  restart: count => `restart ${count} pod`,
  member: count => `make ${count} change`,
}

function summaryLine(summary: DryRunAnswer['summary'], failed: boolean): string {
  const parts = Object.entries(summary).map(([kind, count]) => phrase(kind as ShownChange['kind'], count))
  if (parts.length === 0) return 'Dry run: nothing to change.'
  const end = failed ? `${parts.join(', ')}, and then fail with the error above.` : `${parts.join(', ')}.`
  return `Dry run: nothing was changed. The run would ${end}`
}

function phrase(kind: ShownChange['kind'], count: number): string {
  const text = words[kind](String(count))
  const ends = kind === 'dir' ? (['y', 'ies'] as const) : (['', 's'] as const)
  return `${text}${ends[count === 1 ? 0 : 1]}${kind === 'member' ? " of etcd's members" : ''}`
}
