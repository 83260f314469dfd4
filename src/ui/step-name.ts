import type { Step } from '../pipeline/events.ts'

/** Returns the first segment of a phase's ID: `certs` for `certs/apiserver`. */
export function phaseFamily(step: Step): string {
  return step.phase.id.split('/', 1)[0] ?? step.phase.id
}

/** True if the steps of a run are on more than one node. */
export function onSeveralNodes(steps: readonly Step[]): boolean {
  return new Set(steps.map(step => step.node.name)).size > 1
}

/** Returns the first line of a thrown value. */
export function firstLineOfError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.split('\n', 1)[0] ?? ''
}

/** Returns `[kubelet-start]` as kubeadm prints it, followed by the node's name if several take part. */
export function stepPrefix(step: Step, several: boolean): string {
  return several ? `[${phaseFamily(step)}] ${step.node.name}:` : `[${phaseFamily(step)}]`
}
