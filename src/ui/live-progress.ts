import type { LiveList } from './live-list.ts'
import { palette } from './palette.ts'
import type { Progress, ProgressIo } from './progress-display.ts'
import { summaryLines } from './run-summary.ts'
import { makeRunView } from './run-view.ts'

/** Shows a run as an updating list, which leaves one line per step. */
export function liveProgress(io: ProgressIo): Progress {
  const clock = io.now ?? (() => new Date())
  const now = () => clock().getTime()
  const run = makeRunView(now)
  let list: Promise<LiveList> | undefined
  let started: LiveList | undefined
  // Imported only here, so that the other modes start faster without the terminal library.
  const start = async () => {
    const { startLiveList } = await import('./live-list.ts')
    started = startLiveList(run, io, now)
    started.refresh()
    return started
  }
  return {
    emit(event) {
      run.apply(event)
      if (event.type === 'run-started') list ??= start()
      started?.refresh()
    },
    async close() {
      if (list === undefined) return
      await (await list).end()
      list = undefined
      for (const line of summaryLines(run, palette(io.color))) io.stderr.write(`${line}\n`)
    },
  }
}
