import type { ChalkInstance } from 'chalk'
import type { Event } from '../pipeline/events.ts'
import { palette } from './palette.ts'
import type { Progress, ProgressIo } from './progress-display.ts'
import { firstLineOfError, onSeveralNodes, stepPrefix, warningOf } from './step-name.ts'
import { formatSeconds, notableMs } from './text.ts'
import { warningLines } from './warnings.ts'

/** Shows a run as lines like kubeadm's, `[certs] Generate the CA`: for logs, pipes and dumb terminals. */
export function plainProgress(io: ProgressIo): Progress {
  const paint = palette(io.color)
  const warnings: string[] = []
  let intent = 'run'
  let several = false
  const print = (lines: readonly string[]) => {
    for (const line of lines) io.stderr.write(`${line}\n`)
  }
  return {
    emit(event) {
      if (event.type === 'run-started') {
        intent = event.intent
        several = onSeveralNodes(event.steps)
      }
      const warning = warningOf(event, several)
      if (warning !== undefined) warnings.push(warning)
      print(eventLines(event, { intent, several, paint }))
    },
    async close() {
      print(warningLines(warnings, paint))
      warnings.length = 0
    },
  }
}

interface Setting {
  readonly intent: string
  readonly several: boolean
  readonly paint: ChalkInstance
}

function eventLines(event: Event, { intent, several, paint }: Setting): string[] {
  if (event.type === 'run-started') return []
  if (event.type === 'run-done') return [`[${intent}] done in ${formatSeconds(event.ms)}`]
  const prefix = stepPrefix(event.step, several)
  const { title } = event.step.phase
  switch (event.type) {
    case 'step-started':
      return [`${prefix} ${title}`]
    case 'step-done':
      return event.ms < notableMs ? [] : [`${prefix} ${title}: done after ${formatSeconds(event.ms)}`]
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
  const mark = note.kind === 'warning' ? `${paint.yellow('WARNING')} ` : ''
  return note.text.split('\n').map(line => `${mark}${prefix} ${line}`)
}
