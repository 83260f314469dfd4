import type { Event } from '../pipeline/events.ts'

/** Where progress is shown. Always stderr: stdout belongs to the command's answer. */
export interface ProgressIo {
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }
  readonly color: boolean
  /** The clock; by default the host's. */
  readonly now?: () => Date
}

/** Shows the events of a run. */
export interface Progress {
  /** Shows one event; never waits. */
  emit(event: Event): void
  /** Ends the showing: clears the live list, repeats warnings. The events after it are lost. */
  close(): Promise<void>
}
