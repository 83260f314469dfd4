import type { ChalkInstance } from 'chalk'
import type { StepState } from './run-view.ts'

const frames = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'

/**
 * The sign at the start of a line. Each state has a sign of its own, and signs alone have colors: text in yellow or cyan is
 * hard to read on a light background.
 */
export function mark(state: StepState, paint: ChalkInstance, now = 0): string {
  const marks: Record<StepState, () => string> = {
    waiting: () => paint.dim('·'),
    running: () => paint.cyan(frames[Math.floor(now / 100) % frames.length] ?? ''),
    done: () => paint.green('✓'),
    skipped: () => paint.dim('-'),
    failed: () => paint.red('✗'),
  }
  return marks[state]()
}
