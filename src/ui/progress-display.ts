import type { Event } from '../pipeline/events.ts'

/** Where progress is shown. Always stderr: stdout is for the command's result. */
export interface ProgressIo {
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }
  readonly color: boolean
  /** The clock; the host's by default. */
  readonly now?: () => Date
}

/** Shows the events of a run. */
export interface Progress {
  /** Shows one event without waiting. */
  emit(event: Event): void
  /** Clears the live list and repeats the warnings. Later events are ignored. */
  close(): Promise<void>
}
