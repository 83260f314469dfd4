import type { ChalkInstance } from 'chalk'
import type { Event } from '../pipeline/events.ts'
import { palette } from './palette.ts'
import type { Progress, ProgressIo } from './progress-display.ts'
import { firstLineOfError, onSeveralNodes, stepPrefix } from './step-name.ts'
import { hasColor } from './terminal.ts'
import { counted, formatSeconds } from './text.ts'
import { type Warning, warningLines, warningOf } from './warnings.ts'

/**
 * Shows a run as lines that begin as kubeadm's do, one for each step that ends, `[certs] Generate the CA: done after 0.1s`:
 * for logs, pipes and dumb terminals. The log of a GitHub workflow folds them.
 */
export function plainProgress(io: ProgressIo): Progress {
  const paint = palette(hasColor(io.stderr, io.env))
  const warnings: Warning[] = []
  const folds = io.env.GITHUB_ACTIONS === 'true'
  let setting: Setting = { several: false, paint }
  let folded = false
  const print = (lines: readonly string[]) => {
    for (const line of lines) io.stderr.write(`${line}\n`)
  }
  const unfold = () => {
    if (folded) print(['::endgroup::'])
    folded = false
  }
  let intent = 'run'
  return {
    emit(event) {
      if (event.type === 'run-done') {
        unfold()
        print([`[${intent}] done in ${formatSeconds(event.ms)}`])
      } else if (event.type === 'run-started') {
        intent = event.intent
        setting = { several: onSeveralNodes(event.steps), paint }
        folded = folds
        if (folded) print([`::group::kadm ${intent}: ${counted(event.steps.length, 'step')}`])
      } else {
        const warning = warningOf(event)
        if (warning !== undefined) warnings.push(warning)
        print(stepEventLines(event, setting))
      }
    },
    async close() {
      unfold()
      print(warningLines(warnings, setting.several, paint))
      warnings.length = 0
    },
  }
}

interface Setting {
  readonly several: boolean
  readonly paint: ChalkInstance
}

type StepEvent = Extract<Event, { step: unknown }>

function stepEventLines(event: StepEvent, { several, paint }: Setting): string[] {
  const prefix = stepPrefix(event.step, several)
  const { title } = event.step.phase
  switch (event.type) {
    case 'step-started':
      return []
    case 'step-done':
      return [`${prefix} ${title}: done after ${formatSeconds(event.ms)}`]
    case 'step-skipped':
      return [paint.dim(`${prefix} ${title}: skipped, ${event.reason}`)]
    case 'step-failed':
      return [
        paint.red(`${prefix} ${title}: failed after ${formatSeconds(event.ms)}: ${firstLineOfError(event.error)}`),
      ]
    case 'step-note':
      return noteLines(event.note, prefix, paint)
  }
}

type Note = Extract<Event, { type: 'step-note' }>['note']

function noteLines(note: Note, prefix: string, paint: ChalkInstance): string[] {
  if (!('text' in note)) return []
  const mark = note.kind === 'warning' ? `${paint.bold('WARNING')} ` : ''
  return note.text.split('\n').map(line => `${mark}${prefix} ${line}`)
}
