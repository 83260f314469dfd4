import type { ChalkInstance } from 'chalk'
import cliTruncate from 'cli-truncate'
import wrapAnsi from 'wrap-ansi'
import { currentStep, elapsed, groupLines, groupState } from './group-line.ts'
import { mark } from './marks.ts'
import type { GroupView, RunView, StepState } from './run-view.ts'
import { counted, formatSeconds, namesOf, oneLine } from './text.ts'

export interface Size {
  readonly columns: number
  readonly rows: number
}

/** Returns the lines of a run at one moment. They fit the terminal: what has too many lines is summed up. */
export function frameLines(run: RunView, size: Size, now: number, paint: ChalkInstance): string[] {
  // The cursor is on the line below.
  const most = Math.max(1, size.rows - 1)
  const whole = [frameOf(run, true, now, paint), frameOf(run, false, now, paint)].find(lines => lines.length <= most)
  const lines = whole ?? summedUp(run, most, now, paint)
  const fit = lines.length <= most ? lines : [...lines.slice(0, most - 1), ...lines.slice(-1)]
  return fit.map(line => cutLine(line, size))
}

/** Truncates a line so that it leaves the last column free: some terminals wrap a line that fills it. */
export function cutLine(line: string, { columns }: Size): string {
  return cliTruncate(line, Math.max(1, columns - 1))
}

/** Wraps a line between words, with the lines after the first indented by four columns. */
export function wrapLine(line: string, { columns }: Size): string[] {
  const [first = '', ...more] = wrapAnsi(line, Math.max(1, columns - 5), { hard: true, trim: false }).split('\n')
  return [first.trimEnd(), ...more.map(text => `    ${text.trim()}`)]
}

/** One line for each group, with the warnings below it or their number at the end. */
function frameOf(run: RunView, warnings: boolean, now: number, paint: ChalkInstance): string[] {
  const texts = groupLines(run.groups, now)
  const lines = run.groups.flatMap((group, i) => [
    `${mark(groupState(group), paint, now)} ${texts[i] ?? ''}`,
    ...(warnings ? group.steps.flatMap(view => view.warnings) : []).map(
      text => `  ${paint.yellow('!')} ${oneLine(text)}`,
    ),
  ])
  return warnings ? lines : [...lines, ...warningCount(run, paint)]
}

function warningCount({ warnings }: RunView, paint: ChalkInstance): string[] {
  if (warnings.length === 0) return []
  return [`${paint.yellow('!')} ${counted(warnings.length, 'warning')}, listed at the end`]
}

/** The groups that failed, the others by what they are at, and the totals. */
function summedUp(run: RunView, most: number, now: number, paint: ChalkInstance): string[] {
  const noun = run.several ? 'host' : 'phase'
  const others = sumsOf(run).map(({ state, text, groups }) => {
    const names = groups.map(group => group.name).join(', ')
    return `${mark(state, paint, now)} ${counted(groups.length, noun)}  ${text}: ${names}`
  })
  const last = [...warningCount(run, paint), totals(run, noun, now)]
  const failed = run.groups.filter(group => groupState(group) === 'failed')
  const room = Math.max(1, most - others.length - last.length)
  const shown = failed.length <= room ? failed : failed.slice(0, room - 1)
  const more = failed.slice(shown.length).map(group => group.name)
  const sign = mark('failed', paint)
  return [
    ...groupLines(shown, now).map(text => `${sign} ${text}`),
    ...(more.length === 0
      ? []
      : [`${sign} ${more.length} more ${more.length === 1 ? noun : `${noun}s`} failed: ${namesOf(more)}`]),
    ...others,
    ...last,
  ]
}

interface Sum {
  readonly state: StepState
  readonly text: string
  readonly groups: GroupView[]
}

/** Running groups by the step that they are at, in the order of the run; then those that are done, skipped and waiting. */
function sumsOf({ groups, steps }: RunView): readonly Sum[] {
  const running = [...new Set(steps.map(({ step }) => step.phase.title))]
  const sums: Sum[] = [
    ...running.map((text): Sum => ({ state: 'running', text, groups: [] })),
    ...(['done', 'skipped', 'waiting'] as const).map((state): Sum => ({ state, text: state, groups: [] })),
  ]
  for (const group of groups) {
    const state = groupState(group)
    const text = state === 'running' ? currentStep(group)?.step.phase.title : state
    sums.find(sum => sum.state === state && sum.text === text)?.groups.push(group)
  }
  return sums.filter(sum => sum.groups.length > 0)
}

function totals({ groups, steps }: RunView, noun: string, now: number): string {
  const counts = (['failed', 'running', 'done', 'skipped', 'waiting'] as const).flatMap(state => {
    const count = groups.filter(group => groupState(group) === state).length
    return count === 0 ? [] : `${count} ${state}`
  })
  return `${counted(groups.length, noun)}: ${counts.join(', ')}  ${formatSeconds(elapsed(steps, now))}`
}
