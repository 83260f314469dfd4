import { palette } from './palette.ts'
import type { Progress, ProgressIo } from './progress-display.ts'
import { onSeveralNodes } from './step-name.ts'
import { hasColor } from './terminal.ts'
import { warningOf, warningText } from './warnings.ts'

/** Shows warnings alone. */
export function quietProgress(io: ProgressIo): Progress {
  const paint = palette(hasColor(io.stderr, io.env))
  let several = false
  return {
    emit(event) {
      if (event.type === 'run-started') several = onSeveralNodes(event.steps)
      const warning = warningOf(event)
      if (warning !== undefined) io.stderr.write(`${paint.bold('WARNING')} ${warningText(warning, several)}\n`)
    },
    close: async () => {},
  }
}
