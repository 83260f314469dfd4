import type { Node } from '../cluster/cluster.ts'
import type { Text } from '../host/host.ts'
import type { Note, PhaseFacts, Task } from '../phases/phase.ts'

/** One phase on one node. */
export interface Step {
  readonly stage: string
  readonly task: Task
  readonly phase: PhaseFacts
  readonly node: Node
  /** The reason to skip it. */
  readonly skip?: string
}

/** One change of a step, for the run log. */
export interface Change {
  readonly kind: 'file' | 'dir' | 'remove' | 'exec' | 'object' | 'image' | 'pod' | 'restart' | 'member'
  /** The node name, or `cluster` for an API object or an etcd member. */
  readonly on: string
  /** Path, command or object name. */
  readonly what: string
  /** Permission bits of a file or directory, and the previous ones if they changed. */
  readonly mode?: number
  readonly modeBefore?: number
  readonly before?: Text
  readonly after?: Text
}

/** What a run reports, in order. The ui formats events; nothing else prints. */
export type Event =
  | { readonly type: 'run-started'; readonly intent: string; readonly steps: readonly Step[] }
  | { readonly type: 'step-started'; readonly step: Step }
  | { readonly type: 'step-note'; readonly step: Step; readonly note: Note }
  | { readonly type: 'step-done'; readonly step: Step; readonly ms: number; readonly changes: readonly Change[] }
  | { readonly type: 'step-skipped'; readonly step: Step; readonly reason: string }
  | {
      readonly type: 'step-failed'
      readonly step: Step
      readonly ms: number
      readonly error: unknown
      /** The changes before the failure. */
      readonly changes: readonly Change[]
    }
  | { readonly type: 'run-done'; readonly ms: number }
