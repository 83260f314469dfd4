import { Listr, type ListrRendererFactory } from 'listr2'
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
  end(): Promise<void>
}

const frameMs = 100

/** Starts to draw a run. Does not keep the process alive. */
export function startLiveList(run: RunView, io: ProgressIo, now: () => number): LiveList {
  const { promise: over, resolve } = Promise.withResolvers<void>()
  const list = new Listr([{ title: run.intent, task: () => over }], {
    renderer: rendererOf(run, io, now),
    // The command itself handles Ctrl-C.
    registerSignalListeners: false,
  })
  const ended = list.run()
  return {
    async end() {
      resolve()
      await ended
    },
  }
}

/** Returns listr2's renderer of a run: the lines are our own, since they have to fit the terminal. */
function rendererOf(run: RunView, io: ProgressIo, now: () => number): ListrRendererFactory {
  const paint = palette(hasColor(io.stderr, io.env))
  const screen = openScreen(io.stderr)
  const draw = () => screen.draw(frameLines(run, screen.size(), now(), paint))
  return class {
    static rendererOptions = {}
    static rendererTaskOptions = {}
    // listr2 looks for a terminal on stdout, while the list is on stderr.
    static nonTTY = true
    #timer: NodeJS.Timeout | undefined

    render(): void {
      this.#timer = setInterval(draw, frameMs)
      this.#timer.unref()
      draw()
    }

    end(): void {
      clearInterval(this.#timer)
      draw()
      screen.end(summaryLines(run, screen.size(), paint))
    }
  }
}
