import type { Event } from '../pipeline/events.ts'
import type { Environment } from './terminal.ts'

/** Where progress is shown. Always stderr: stdout belongs to the command's answer. */
export interface ProgressIo {
  readonly stderr: NodeJS.WritableStream & {
    readonly isTTY?: boolean
    readonly columns?: number
    readonly rows?: number
  }
  readonly env: Environment
  /** The clock; by default the host's. */
  readonly now?: () => Date
}

/** Shows the events of a run. */
export interface Progress {
  /** Shows one event without waiting. */
  emit(event: Event): void
  /** Clears the live list and repeats the warnings. Later events are ignored. */
  close(): Promise<void>
}
