import type { Event, Step } from '../pipeline/events.ts'
import { onSeveralNodes, phaseFamily } from './step-name.ts'
import { type Warning, warningOf } from './warnings.ts'

export type StepState = 'waiting' | 'running' | 'done' | 'skipped' | 'failed'

/** The state of one step. */
export interface StepView {
  readonly step: Step
  readonly state: StepState
  /** The reason of a skipped step, or the last progress text of a running one. */
  readonly text?: string
  /** Start time and duration, both in milliseconds. */
  readonly startedAt?: number
  readonly ms?: number
  readonly changed?: number
  readonly warnings: readonly string[]
}

/** Steps on one line of the live list: a family of phases, or a whole node if several take part. */
export interface GroupView {
  readonly name: string
  readonly steps: readonly StepView[]
}

/** The current state of a run, built from events, for the live list. */
export interface RunView {
  apply(event: Event): void
  readonly intent: string
  readonly several: boolean
  readonly steps: readonly StepView[]
  readonly groups: readonly GroupView[]
  readonly warnings: readonly Warning[]
  /** Duration of the whole run in milliseconds, after it has ended. */
  readonly ms: number | undefined
}

/** Collects events into the state of a run; `now` returns the clock in milliseconds. */
export function makeRunView(now: () => number): RunView {
  const steps = new Map<string, StepView>()
  const warnings: Warning[] = []
  let intent = 'run'
  let several = false
  let ms: number | undefined
  return {
    apply(event) {
      if (event.type === 'run-done') ms = event.ms
      else if (event.type === 'run-started') {
        intent = event.intent
        several = onSeveralNodes(event.steps)
        for (const step of event.steps) steps.set(keyOf(step), waiting(step))
      } else {
        const key = keyOf(event.step)
        steps.set(key, advance(steps.get(key) ?? waiting(event.step), event, now()))
        const warning = warningOf(event)
        if (warning !== undefined) warnings.push(warning)
      }
    },
    get intent() {
      return intent
    },
    get several() {
      return several
    },
    get steps() {
      return [...steps.values()]
    },
    get groups() {
      return groupSteps([...steps.values()], several)
    },
    warnings,
    get ms() {
      return ms
    },
  }
}

function keyOf(step: Step): string {
  return `${step.stage}|${step.phase.id}|${step.node.name}`
}

function waiting(step: Step): StepView {
  return { step, state: 'waiting', warnings: [] }
}

function advance(view: StepView, event: Extract<Event, { step: unknown }>, now: number): StepView {
  switch (event.type) {
    case 'step-started':
      return { ...view, state: 'running', startedAt: now }
    case 'step-done':
      return { ...view, state: 'done', ms: event.ms, changed: event.changes.length }
    case 'step-skipped':
      return { ...view, state: 'skipped', text: event.reason }
    case 'step-failed':
      return { ...view, state: 'failed', ms: event.ms }
    case 'step-note':
      if (event.note.kind === 'progress') return { ...view, text: event.note.text }
      return event.note.kind === 'warning' ? { ...view, warnings: [...view.warnings, event.note.text] } : view
  }
}

function groupSteps(steps: readonly StepView[], several: boolean): GroupView[] {
  const groups = new Map<string, StepView[]>()
  for (const view of steps) {
    const name = several ? view.step.node.name : phaseFamily(view.step)
    groups.set(name, [...(groups.get(name) ?? []), view])
  }
  return [...groups].map(([name, members]) => ({ name, steps: members }))
}
