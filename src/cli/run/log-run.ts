import type { Composition } from '../../compose/compose.ts'
import { isKadmError } from '../../errors/kadm-error.ts'
import type { LoggedStep, RunEntry } from '../../host/claim/run-log.ts'
import type { Change, Event, Step } from '../../pipeline/events.ts'
import { firstLineOfError } from '../../ui/step-name.ts'

/** Writes the start and end of each step into the run logs on its hosts: names of changed items, never contents. */
export function logRun({ logs: byNode = new Map() }: Pick<Composition, 'logs'>): {
  take(event: Event): void
  /** Records that the run ended with an error. */
  fail(error: unknown): void
} {
  const logs = [...byNode].map(([node, log]) => ({ node: node.name, log }))
  return {
    take(event) {
      for (const { node, log } of logs) {
        const entry = 'step' in event && event.step.node.name !== node ? undefined : entryOf(event, node)
        if (entry !== undefined) log.append(entry)
      }
    },
    fail(error) {
      for (const { log } of logs) log.append({ type: 'run-failed', ...failureOf(error) })
    },
  }
}

/** Returns undefined for an event that is not logged. */
function entryOf(event: Event, node: string): RunEntry | undefined {
  switch (event.type) {
    case 'run-started': {
      const steps = event.steps.filter(step => step.node.name === node && step.skip === undefined)
      return { type: event.type, intent: event.intent, plan: steps.map(logged) }
    }
    case 'step-started':
      return { type: event.type, ...logged(event.step), text: event.step.phase.title }
    case 'step-done':
      return { type: event.type, ...logged(event.step), ms: Math.round(event.ms), changes: namesOf(event.changes) }
    case 'step-failed': {
      const { step, ms, changes, error } = event
      const fields = { ms: Math.round(ms), ...failureOf(error), changes: namesOf(changes) }
      return { type: event.type, ...logged(step), ...fields }
    }
    case 'run-done':
      return { type: event.type, ms: Math.round(event.ms) }
    default:
      return undefined
  }
}

function logged({ stage, phase, node }: Step): LoggedStep {
  return { stage, phase: phase.id, node: node.name }
}

function namesOf(changes: readonly Change[]) {
  return { count: changes.length, names: changes.map(({ kind, what }) => `${kind} ${what}`) }
}

function failureOf(error: unknown) {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  return { code: isKadmError(first) ? first.code : 'INTERNAL', text: firstLineOfError(error) }
}
