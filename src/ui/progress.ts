import type { Event } from '../pipeline/events.ts'
import { jsonProgress } from './json-progress.ts'
import { liveProgress } from './live-progress.ts'
import { plainProgress } from './plain-progress.ts'
import { quietProgress } from './quiet-progress.ts'

/** auto: a live list on a terminal, plain lines elsewhere. quiet: warnings only. */
export type ProgressMode = 'auto' | 'live' | 'plain' | 'json' | 'quiet'

/** Where progress is shown. Always stderr: stdout belongs to the command's answer. */
export interface ProgressIo {
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }
  readonly color: boolean
  /** The clock; by default the machine's. */
  readonly now?: () => Date
}

export interface Progress {
  /** Shows one event; never waits. */
  emit(event: Event): void
  /** Ends the showing: clears the live list, repeats warnings. The events after it are lost. */
  close(): Promise<void>
}

/** Shows a run to people or programs. It never keeps the process alive. */
export function makeProgress(mode: ProgressMode, io: ProgressIo): Progress {
  switch (mode) {
    case 'json':
      return jsonProgress(io)
    case 'quiet':
      return quietProgress(io)
    case 'plain':
      return plainProgress(io)
    case 'live':
      return liveProgress(io)
    case 'auto':
      return io.stderr.isTTY === true ? liveProgress(io) : plainProgress(io)
  }
}
