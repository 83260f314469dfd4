import type { ChalkInstance } from 'chalk'
import { cutLine, type Size, wrapLine } from './frame.ts'
import { elapsed, groupState } from './group-line.ts'
import { mark } from './marks.ts'
import type { GroupView, RunView, StepView } from './run-view.ts'
import { alignRows, counted, formatSeconds, namesOf, notableMs, oneLine } from './text.ts'
import { warningLines } from './warnings.ts'

/**
 * Returns what stays on the terminal after the live list: the steps if they fit, else the hosts or families of phases, else
 * their number; every step that failed; the warnings and the duration.
 */
export function summaryLines(run: RunView, size: Size, paint: ChalkInstance): string[] {
  const warnings = warningLines(run.warnings, run.several, paint)
  const last = [...warnings, closingLine(run)].flatMap(line => wrapLine(line, size))
  const most = Math.max(1, size.rows - 2 - last.length)
  const levels = [stepLines(run, shownSteps(run), paint), groupsDone(run, paint)]
  const lines = levels.find(level => level.length <= most) ?? numbers(run, most, paint)
  return [...lines.map(line => cutLine(line, size)), ...last]
}

function shownSteps({ steps }: RunView): readonly StepView[] {
  return steps.filter(view => view.state !== 'waiting')
}

function stepLines({ several }: RunView, steps: readonly StepView[], paint: ChalkInstance): string[] {
  const times = steps.map(({ ms }) => (ms === undefined || ms < notableMs ? '' : formatSeconds(ms)))
  const width = Math.max(0, ...times.map(time => time.length))
  const texts = alignRows(
    steps.map((view, i) => [
      ...(several ? [view.step.node.name] : []),
      view.step.phase.id,
      ...(width === 0 ? [] : [(times[i] ?? '').padStart(width)]),
      stepText(view),
    ]),
  )
  return steps.map((view, i) => `${stepMark(view, paint)} ${texts[i] ?? ''}`)
}

function stepText({ step, state, text }: StepView): string {
  const { title } = step.phase
  if (state === 'skipped') return `${title}: skipped, ${text ?? ''}`
  if (state === 'running') return `${title}: not finished`
  return state === 'failed' ? `${title}: failed` : title
}

function stepMark({ state, warnings }: StepView, paint: ChalkInstance): string {
  if (state === 'running') return paint.yellow('…')
  return state === 'done' && warnings.length > 0 ? paint.yellow('!') : mark(state, paint)
}

/** One line for each group that is done, and the steps of the others that failed or did not end. */
function groupsDone(run: RunView, paint: ChalkInstance): string[] {
  const started = run.groups.filter(group => groupState(group) !== 'waiting')
  const texts = alignRows(started.map(groupCells))
  return started.flatMap((group, i) => {
    const state = groupState(group)
    if (state !== 'done' && state !== 'skipped') return stepLines(run, unfinished(group), paint)
    const warned = group.steps.some(view => view.warnings.length > 0)
    return [`${warned ? paint.yellow('!') : mark(state, paint)} ${texts[i] ?? ''}`]
  })
}

function groupCells(group: GroupView): string[] {
  const { name, steps } = group
  if (groupState(group) === 'skipped') return [name, `skipped, ${oneLine(steps[0]?.text ?? '')}`]
  const counts = [counted(steps.length, 'step'), counted(changesOf(steps), 'change')]
  return [name, ...counts, formatSeconds(elapsed(steps, 0))]
}

function unfinished({ steps }: GroupView): readonly StepView[] {
  return steps.filter(view => view.state === 'failed' || view.state === 'running')
}

/** How many are done and how many are not, with the steps that failed as far as they fit. */
function numbers(run: RunView, most: number, paint: ChalkInstance): string[] {
  const noun = run.several ? 'host' : 'phase'
  const started = run.groups.filter(group => groupState(group) !== 'waiting')
  const done = started.filter(group => ['done', 'skipped'].includes(groupState(group)))
  const failed = started.filter(group => groupState(group) === 'failed')
  const open = started.filter(group => !done.includes(group) && !failed.includes(group))
  const named = (sign: string, groups: readonly GroupView[], what: string) =>
    groups.length === 0
      ? []
      : [`${sign} ${counted(groups.length, noun)} ${what}: ${groups.map(({ name }) => name).join(', ')}`]
  const others = [...named(mark('done', paint), done, 'done'), ...named(paint.yellow('…'), open, 'not finished')]
  const steps = failed.flatMap(group => group.steps.filter(view => view.state === 'failed'))
  const room = Math.max(1, most - others.length)
  const shown = steps.length <= room ? steps : steps.slice(0, room - 1)
  const more = steps.slice(shown.length).map(view => view.step.node.name)
  const rest = more.length === 0 ? [] : [`${mark('failed', paint)} ${more.length} more failed: ${namesOf(more)}`]
  return [...others, ...stepLines(run, shown, paint), ...rest]
}

function closingLine(run: RunView): string {
  const waiting = run.steps.filter(view => view.state === 'waiting').length
  if (run.ms === undefined) return `${run.intent} not finished: ${counted(waiting, 'step')} not started`
  const done = run.steps.filter(view => view.state === 'done').length
  const where = run.several ? ` on ${counted(run.groups.length, 'host')}` : ''
  return `${run.intent} done in ${formatSeconds(run.ms)}${where}: ${counted(done, 'step')}, ${counted(changesOf(run.steps), 'change')}`
}

function changesOf(steps: readonly StepView[]): number {
  return steps.reduce((sum, view) => sum + (view.changed ?? 0), 0)
}
