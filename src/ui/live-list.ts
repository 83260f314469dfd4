import { frameLines } from './frame.ts'
import { palette } from './palette.ts'
import type { ProgressIo } from './progress-display.ts'
import { summaryLines } from './run-summary.ts'
import type { RunView } from './run-view.ts'
import { openScreen } from './screen.ts'
import { hasColor } from './terminal.ts'

/** The moving list on a terminal. */
export interface LiveList {
  /** Replaces the list with the summary of the run. */
  end(): void
}

const frameMs = 100

/** Starts to draw a run. Does not keep the process alive. */
export function startLiveList(run: RunView, io: ProgressIo, now: () => number): LiveList {
  const paint = palette(hasColor(io.stderr, io.env))
  const screen = openScreen(io.stderr)
  const draw = () => screen.draw(frameLines(run, screen.size(), now(), paint))
  const timer = setInterval(draw, frameMs)
  timer.unref()
  draw()
  return {
    end() {
      clearInterval(timer)
      draw()
      screen.end(summaryLines(run, screen.size(), paint))
    },
  }
}
