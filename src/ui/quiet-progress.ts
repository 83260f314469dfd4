import type { Step } from '../pipeline/events.ts'
import { palette } from './palette.ts'
import type { Progress, ProgressIo } from './progress-display.ts'
import { onSeveralNodes, warningOf } from './step-name.ts'

/** Shows only warnings. */
export function quietProgress(io: ProgressIo): Progress {
  const paint = palette(io.color)
  let steps: readonly Step[] = []
  return {
    emit(event) {
      if (event.type === 'run-started') steps = event.steps
      const warning = warningOf(event, onSeveralNodes(steps))
      if (warning !== undefined) io.stderr.write(`${paint.yellow('WARNING')} ${warning}\n`)
    },
    close: async () => {},
  }
}
