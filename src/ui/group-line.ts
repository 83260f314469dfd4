import type { GroupView, StepState, StepView } from './run-view.ts'
import { formatSeconds, notableMs, oneLine } from './text.ts'

/** Returns the state of a group: running while any of its steps runs, done if none is left. */
export function groupState({ steps }: GroupView): StepState {
  const has = (state: StepState) => steps.some(view => view.state === state)
  if (has('failed')) return 'failed'
  if (has('running')) return 'running'
  if (!has('waiting')) return has('done') ? 'done' : 'skipped'
  return has('done') || has('skipped') ? 'running' : 'waiting'
}

/** Returns one line of the live list: `certs  Generate the CA  2/12  1.3s`. Without colors and not truncated. */
export function groupLine(group: GroupView, now: number): string {
  const state = groupState(group)
  if (state === 'waiting') return group.name
  const skipped = group.steps.find(view => view.state === 'skipped')
  if (state === 'skipped') return `${group.name}  skipped, ${skipped?.text ?? ''}`
  const current =
    group.steps.find(view => view.state === 'failed') ?? group.steps.find(view => view.state === 'running')
  const parts = [group.name, currentText(current), countText(group, state), timeText(elapsed(group.steps, now))]
  return parts.filter(part => part !== '').join('  ')
}

function currentText(view: StepView | undefined): string {
  if (view === undefined) return ''
  if (view.state === 'failed') return `${view.step.phase.title}: failed`
  return view.text === undefined ? view.step.phase.title : `${view.step.phase.title}: ${oneLine(view.text)}`
}

function countText({ steps }: GroupView, state: StepState): string {
  if (steps.length === 1) return ''
  const ended = steps.filter(view => view.state === 'done' || view.state === 'skipped').length
  return state === 'done' ? `${steps.length} steps` : `${ended}/${steps.length}`
}

function timeText(ms: number): string {
  return ms < notableMs ? '' : formatSeconds(ms)
}

/** Returns the time from the first start to the last end, or to now while a step runs. */
function elapsed(steps: readonly StepView[], now: number): number {
  const started = steps.flatMap(view => view.startedAt ?? [])
  if (started.length === 0) return 0
  const ended = steps.map(view => (view.startedAt ?? 0) + (view.ms ?? 0))
  const running = steps.some(view => view.state === 'running')
  return (running ? now : Math.max(...ended)) - Math.min(...started)
}
