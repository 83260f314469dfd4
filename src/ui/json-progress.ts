import { isKadmError } from '../errors/kadm-error.ts'
import type { Change, Event } from '../pipeline/events.ts'
import type { Progress, ProgressIo } from './progress-display.ts'
import { firstLineOfError } from './step-name.ts'

/** Shows a run as one JSON object per line. It contains the names of changed items and never their content. */
export function jsonProgress(io: ProgressIo): Progress {
  const now = io.now ?? (() => new Date())
  return {
    emit(event) {
      const line = jsonLine(event, now())
      if (line !== undefined) io.stderr.write(`${line}\n`)
    },
    close: async () => {},
  }
}

/** Returns an event as one line of JSON; undefined for an event that is not shown. */
function jsonLine(event: Event, time: Date): string | undefined {
  const fields = eventFields(event)
  return fields === undefined ? undefined : JSON.stringify({ type: event.type, time: time.toISOString(), ...fields })
}

function eventFields(event: Event): object | undefined {
  switch (event.type) {
    case 'run-started':
      return { intent: event.intent, steps: event.steps.length }
    case 'run-done':
      return { ms: Math.round(event.ms) }
    case 'step-started':
      return { ...stepFields(event), text: event.step.phase.title }
    case 'step-note':
      return 'text' in event.note ? { ...stepFields(event), kind: event.note.kind, text: event.note.text } : undefined
    case 'step-done':
      return { ...stepFields(event), ms: Math.round(event.ms), changes: changeFields(event.changes) }
    case 'step-skipped':
      return { ...stepFields(event), text: event.reason }
    case 'step-failed':
      return {
        ...stepFields(event),
        ms: Math.round(event.ms),
        code: isKadmError(event.error) ? event.error.code : 'INTERNAL',
        text: firstLineOfError(event.error),
      }
  }
}

function stepFields(event: Extract<Event, { step: unknown }>): { phase: string; node: string } {
  return { phase: event.step.phase.id, node: event.step.node.name }
}

function changeFields(changes: readonly Change[]): { count: number; names: string[] } {
  return { count: changes.length, names: changes.map(change => `${change.kind} ${change.what}`) }
}
