import type { ChalkInstance } from 'chalk'
import type { RunView, StepView } from './run-view.ts'
import { alignRows, formatSeconds, notableMs } from './text.ts'
import { warningLines } from './warnings.ts'

/** Returns the lines that replace the live list: one per step, the warnings, the duration. */
export function summaryLines(run: RunView, paint: ChalkInstance): string[] {
  const shown = run.steps.filter(view => view.state !== 'waiting')
  const texts = alignRows(shown.map(view => stepCells(view, run.several)))
  const lines = shown.map((view, i) => paintStep(view, texts[i] ?? '', paint))
  return [...lines, ...warningLines(run.warnings, paint), closingLine(run, run.steps.length - shown.length)]
}

function stepCells(view: StepView, several: boolean): string[] {
  const { phase, node } = view.step
  const cells = [phase.id, stepText(view)]
  return several ? [node.name, ...cells] : cells
}

function stepText({ step, state, text, ms }: StepView): string {
  const { title } = step.phase
  if (state === 'skipped') return `${title}: skipped, ${text ?? ''}`
  if (state === 'running') return `${title}: not finished`
  const time = ms === undefined || ms < notableMs ? '' : formatSeconds(ms)
  if (state === 'failed') return `${title}: failed${time === '' ? '' : ` after ${time}`}`
  return time === '' ? title : `${title}  ${time}`
}

function paintStep(view: StepView, text: string, paint: ChalkInstance): string {
  if (view.state === 'skipped') return paint.dim(`- ${text}`)
  if (view.state === 'failed') return `${paint.red('✗')} ${text}`
  if (view.state === 'running') return `${paint.yellow('…')} ${text}`
  return `${view.warnings.length > 0 ? paint.yellow('!') : paint.green('✓')} ${text}`
}

function closingLine(run: RunView, left: number): string {
  if (run.ms === undefined) return `${run.intent} not finished: ${count(left, 'step')} not started`
  const changed = run.steps.reduce((sum, view) => sum + (view.changed ?? 0), 0)
  const done = run.steps.filter(view => view.state === 'done').length
  return `${run.intent} done in ${formatSeconds(run.ms)}: ${count(done, 'step')}, ${count(changed, 'change')}`
}

function count(amount: number, thing: string): string {
  return `${amount} ${thing}${amount === 1 ? '' : 's'}`
}
