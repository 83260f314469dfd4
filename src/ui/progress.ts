import { jsonProgress } from './json-progress.ts'
import { liveProgress } from './live-progress.ts'
import { plainProgress } from './plain-progress.ts'
import type { Progress, ProgressIo } from './progress-display.ts'
import { quietProgress } from './quiet-progress.ts'

/** auto: a live list on a terminal, plain lines otherwise. quiet: only warnings. */
export type ProgressMode = 'auto' | 'live' | 'plain' | 'json' | 'quiet'

/** Shows a run to people or programs. It does not keep the process alive. */
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
