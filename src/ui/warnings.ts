import type { ChalkInstance } from 'chalk'
import type { Event, Step } from '../pipeline/events.ts'
import { phaseFamily, stepPrefix } from './step-name.ts'
import { counted, namesOf } from './text.ts'

export interface Warning {
  readonly step: Step
  readonly text: string
}

/** Returns the warning that an event reports; undefined for any other event. */
export function warningOf(event: Event): Warning | undefined {
  if (event.type !== 'step-note' || event.note.kind !== 'warning') return undefined
  return { step: event.step, text: event.note.text }
}

/** Returns a warning with its phase and node: `[kubelet-start] w1: text`. */
export function warningText({ step, text }: Warning, several: boolean): string {
  return `${stepPrefix(step, several)} ${text}`
}

/** Lists the warnings at the end of a run, where they are easy to see: one line for each text, with all of its hosts. */
export function warningLines(warnings: readonly Warning[], several: boolean, paint: ChalkInstance): string[] {
  const grouped = new Map<string, Warning[]>()
  for (const warning of warnings) {
    const key = `${phaseFamily(warning.step)} ${warning.text}`
    grouped.set(key, [...(grouped.get(key) ?? []), warning])
  }
  if (grouped.size === 0) return []
  const lines = [...grouped.values()].map(same => `  ${paint.yellow('!')} ${sharedText(same, several)}`)
  return [paint.bold(`${counted(grouped.size, 'warning')}:`), ...lines]
}

function sharedText(same: readonly Warning[], several: boolean): string {
  const [first] = same
  if (first === undefined) return ''
  const nodes = [...new Set(same.map(({ step }) => step.node.name))]
  const prefix = several ? `[${phaseFamily(first.step)}] ${namesOf(nodes)}:` : stepPrefix(first.step, false)
  return `${prefix} ${first.text.replaceAll('\n', '\n    ')}`
}
