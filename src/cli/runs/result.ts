import type { RecordedRun, RecordedStep } from '../../host/claim/read-runs.ts'
import type { BeforeImage } from '../../host/claim/run-log.ts'
import { alignRows, counted, formatSeconds, indent } from '../../ui/text.ts'
import { wholeSeconds } from '../../ui/token-table.ts'

/** A run and the host that recorded it. */
export interface HostRun extends RecordedRun {
  readonly host: string
}

/** A run and the files that it changed on the host, with their previous content. */
export interface ShownRun extends HostRun {
  readonly beforeImages: readonly BeforeImage[]
}

/** The text of `kadm runs list`. With several hosts, the first column is the host. */
export function runTable(runs: readonly HostRun[]): string {
  if (runs.length === 0) return 'No run of kadm is recorded.'
  const several = new Set(runs.map(({ host }) => host)).size > 1
  const rows = runs.map(run => [
    ...(several ? [run.host] : []),
    run.run,
    run.command ?? '-',
    whoRan(run),
    time(run.startedAt),
    howEnded(run),
  ])
  return alignRows([[...(several ? ['HOST'] : []), 'RUN', 'COMMAND', 'BY', 'STARTED', 'END'], ...rows]).join('\n')
}

/** The text of `kadm runs show`. */
export function runDetails(run: ShownRun): string {
  const process = run.pid === undefined ? '' : ` (process ${run.pid})`
  const facts = alignRows([
    ['Run:', run.run],
    ['Host:', run.host],
    ['Command:', run.command ?? '-'],
    ['By:', `${whoRan(run)}${process}`],
    ['Started:', time(run.startedAt)],
    ['End:', howEnded(run)],
    ...(run.error === undefined ? [] : [['Error:', `${run.error.code}: ${run.error.text}`]]),
  ])
  const steps = run.steps.filter(({ state }) => state !== 'not-started')
  const rest = run.steps.filter(({ state }) => state === 'not-started')
  return `${[...facts, ...stepLines(steps), ...notStarted(rest), ...beforeLines(run)].join('\n')}\n`
}

function howEnded({ state, startedAt, endedAt, steps }: RecordedRun): string {
  const after = startedAt === undefined || endedAt === undefined ? '' : duration(startedAt, endedAt)
  const failed = steps.filter(step => step.state === 'failed')
  const open = steps.filter(step => step.state === 'unfinished')
  const at = (some: readonly RecordedStep[]) =>
    some.length === 0 ? '' : ` at ${some.map(({ phase }) => phase).join(', ')}`
  if (state === 'done') return `done in ${after}`
  if (state === 'failed') return `failed after ${after}${at(failed)}`
  return `${state === 'running' ? 'still running' : 'unfinished'}${at(open)}`
}

function stepLines(steps: readonly RecordedStep[]): readonly string[] {
  if (steps.length === 0) return []
  const rows = alignRows([
    ['STAGE', 'STEP', 'STARTED', 'TIME', 'END'],
    ...steps.map(({ stage, phase, startedAt, ms, state, error }) => [
      stage,
      phase,
      time(startedAt),
      ms === undefined ? '-' : formatSeconds(ms),
      error === undefined ? state : `${state}: ${error.code}`,
    ]),
  ])
  const lines = rows.slice(1).flatMap((row, i) => [row, ...(steps[i]?.changes ?? []).map(change => indent(change, 4))])
  return ['', rows[0] ?? '', ...lines]
}

function notStarted(steps: readonly RecordedStep[]): readonly string[] {
  if (steps.length === 0) return []
  return ['', `Not started: ${steps.map(({ phase }) => phase).join(', ')}`]
}

function beforeLines({ beforeImages }: ShownRun): readonly string[] {
  const copies = beforeImages.flatMap(({ copy, mode, owner }) =>
    copy === undefined ? [] : [[copy, facts(mode, owner)]],
  )
  const large = beforeImages.flatMap(({ copy, path, mode, owner, size, sha256 }) =>
    copy === undefined ? [[path, facts(mode, owner), `${size} bytes, SHA-256 ${sha256}`]] : [],
  )
  return [
    ...listed(`${counted(copies.length, 'file')} as before this run, readable by root alone:`, copies),
    ...listed(`${counted(large.length, 'file')} changed by this run but too large to keep:`, large),
  ]
}

function listed(title: string, rows: readonly (readonly string[])[]): readonly string[] {
  return rows.length === 0 ? [] : ['', title, ...alignRows(rows, 200).map(row => indent(row, 2))]
}

function facts(mode: string | undefined, owner: string | undefined): string {
  return [mode, owner].filter(Boolean).join(' ')
}

function whoRan({ user, machine }: RecordedRun): string {
  return user === undefined ? '-' : `${user} on ${machine}`
}

function time(at: string | undefined): string {
  return at === undefined ? '-' : wholeSeconds(new Date(at))
}

function duration(from: string, to: string): string {
  return formatSeconds(new Date(to).getTime() - new Date(from).getTime())
}
