import { jsonProgress } from './json-progress.ts'
import { liveProgress } from './live-progress.ts'
import { plainProgress } from './plain-progress.ts'
import type { Progress, ProgressIo } from './progress-display.ts'
import { quietProgress } from './quiet-progress.ts'
import { canDraw } from './terminal.ts'

/** auto: a live list on a terminal, plain lines elsewhere. quiet: warnings only. */
export type ProgressMode = 'auto' | 'live' | 'plain' | 'json' | 'quiet'

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
      return canDraw(io.stderr, io.env) ? liveProgress(io) : plainProgress(io)
  }
}
