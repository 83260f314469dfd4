import type { GroupView, StepState, StepView } from './run-view.ts'
import { alignRows, formatSeconds, notableMs, oneLine } from './text.ts'

/** Returns the state of a group: running while any of its steps runs, done if none is left. */
export function groupState({ steps }: GroupView): StepState {
  const has = (state: StepState) => steps.some(view => view.state === state)
  if (has('failed')) return 'failed'
  if (has('running')) return 'running'
  if (!has('waiting')) return has('done') ? 'done' : 'skipped'
  return has('done') || has('skipped') ? 'running' : 'waiting'
}

/** Returns a line for each group: `certs  2/12  1.3s  Generate the CA`, in columns, without colors and not truncated. */
export function groupLines(groups: readonly GroupView[], now: number): string[] {
  const cells = groups.map(group => progressOf(group, now))
  const column = (of: 'count' | 'time') => {
    const width = Math.max(0, ...cells.map(cell => cell[of].length))
    return cells.map(cell => (width === 0 ? [] : [cell[of].padStart(width)]))
  }
  const [counts, times] = [column('count'), column('time')]
  return alignRows(groups.map(({ name }, i) => [name, ...(counts[i] ?? []), ...(times[i] ?? []), cells[i]?.text ?? '']))
}

function progressOf(group: GroupView, now: number): Record<'count' | 'time' | 'text', string> {
  const state = groupState(group)
  if (state === 'waiting') return { count: '', time: '', text: '' }
  if (state === 'skipped') {
    const skipped = group.steps.find(view => view.state === 'skipped')
    return { count: '', time: '', text: `skipped, ${oneLine(skipped?.text ?? '')}` }
  }
  const ended = group.steps.filter(view => view.state === 'done' || view.state === 'skipped').length
  const ms = elapsed(group.steps, now)
  return {
    count: `${ended}/${group.steps.length}`,
    time: ms < notableMs ? '' : formatSeconds(ms),
    text: currentText(group),
  }
}

function currentText({ steps }: GroupView): string {
  const view = steps.find(one => one.state === 'failed') ?? steps.find(one => one.state === 'running')
  if (view === undefined) return ''
  const { title } = view.step.phase
  if (view.state === 'failed') return `${title}: failed`
  return view.text === undefined ? title : `${title}: ${oneLine(view.text)}`
}

/** Returns the step that a group is at; undefined once all have ended. */
export function currentStep({ steps }: GroupView): StepView | undefined {
  const first = (state: StepState) => steps.find(view => view.state === state)
  return first('failed') ?? first('running') ?? first('waiting')
}

/** Returns the time from the first start to the last end, or to now while something runs. */
export function elapsed(steps: readonly StepView[], now: number): number {
  const started = steps.flatMap(view => view.startedAt ?? [])
  if (started.length === 0) return 0
  const ended = steps.map(view => (view.startedAt ?? 0) + (view.ms ?? 0))
  const running = steps.some(view => view.state === 'running')
  return (running ? now : Math.max(...ended)) - Math.min(...started)
}
