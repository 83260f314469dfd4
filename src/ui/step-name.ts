import type { Event, Step } from '../pipeline/events.ts'

/** First segment of a phase's id: `certs` of `certs/apiserver`. */
export function phaseFamily(step: Step): string {
  return step.phase.id.split('/', 1)[0] ?? step.phase.id
}

/** True once the steps of a run are spread over more than one node. */
export function onSeveralNodes(steps: readonly Step[]): boolean {
  return new Set(steps.map(step => step.node.name)).size > 1
}

/** First line of what was thrown. */
export function firstLineOfError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.split('\n', 1)[0] ?? ''
}

/** A warning with where it was given, `[kubelet-start] w1: text`; undefined for any other event. */
export function warningOf(event: Event, several: boolean): string | undefined {
  if (event.type !== 'step-note' || event.note.kind !== 'warning') return undefined
  return `${stepPrefix(event.step, several)} ${event.note.text}`
}

/** `[kubelet-start]` as kubeadm writes it, with the node's name after it when several take part. */
export function stepPrefix(step: Step, several: boolean): string {
  return several ? `[${phaseFamily(step)}] ${step.node.name}:` : `[${phaseFamily(step)}]`
}
