import type { LiveList } from './live-list.ts'
import type { Progress, ProgressIo } from './progress-display.ts'
import { makeRunView } from './run-view.ts'

/** Shows a run as a list that moves while it lasts, and leaves a summary that fits the terminal. */
export function liveProgress(io: ProgressIo): Progress {
  const clock = io.now ?? (() => new Date())
  const now = () => clock().getTime()
  const run = makeRunView(now)
  let list: Promise<LiveList> | undefined
  // Loaded only here: the other modes start faster without the terminal libraries.
  const start = async () => (await import('./live-list.ts')).startLiveList(run, io, now)
  return {
    emit(event) {
      run.apply(event)
      if (event.type === 'run-started') list ??= start()
    },
    async close() {
      const started = await list
      list = undefined
      await started?.end()
    },
  }
}
