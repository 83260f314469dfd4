import { makeProgress } from '../../src/ui/progress.ts'
import { initRun } from './sample-run.ts'

/** A process that starts to show a run and then has no work left. */
const stderr = Object.assign(process.stderr, { isTTY: true as const, columns: 80 })
const progress = makeProgress('live', { stderr, env: {} })
for (const event of initRun.slice(0, 8)) progress.emit(event)
