import { DefaultRenderer, Listr, type ListrDefaultRendererTask, ListrLogger, ProcessOutput, Spinner } from 'listr2'
import { groupLine, groupState } from './group-line.ts'
import { palette } from './palette.ts'
import type { ProgressIo } from './progress-display.ts'
import type { RunView, StepState } from './run-view.ts'
import { cutTo, oneLine } from './text.ts'

/** The updating list on a terminal. */
export interface LiveList {
  /** Redraws the list after a change in the run. */
  refresh(): void
  /** Clears the list from the terminal. */
  end(): Promise<void>
}

/** Starts a list with one task per group of the run; a task ends with its group. */
export function startLiveList(run: RunView, io: ProgressIo, now: () => number): LiveList {
  const tasks = run.groups.map(group => ({ name: group.name, ...promiseWithEnd() }))
  const list = new Listr(
    tasks.map(({ name, ended }) => ({ title: name, task: () => ended })),
    {
      concurrent: true,
      renderer: rendererOf(run, io, now),
      rendererOptions: { clearOutput: true, spinner: new IdleSpinner(), logger: stderrLogger(io) },
      // The command handles Ctrl-C.
      registerSignalListeners: false,
    },
  )
  const restoreCursor = cursorRestorer(io)
  const ended = list.run()
  return {
    refresh() {
      const over = new Set(run.groups.filter(group => isOver(groupState(group))).map(group => group.name))
      for (const task of tasks) if (over.has(task.name)) task.end()
    },
    async end() {
      for (const task of tasks) task.end()
      await ended
      process.off('exit', restoreCursor)
    },
  }
}

/** Restores the cursor if the process exits early. While listr2 draws, it holds back the output of others. */
function cursorRestorer({ stderr }: ProgressIo): () => void {
  const write = stderr.write.bind(stderr)
  const restore = () => void write('\u001b[?25h')
  process.once('exit', restore)
  return restore
}

function isOver(state: StepState): boolean {
  return state === 'done' || state === 'skipped' || state === 'failed'
}

function promiseWithEnd(): { ended: Promise<void>; end: () => void } {
  let end = () => {}
  const ended = new Promise<void>(resolve => {
    end = resolve
  })
  return { ended, end }
}

/** A spinner that does not keep the process alive. */
class IdleSpinner extends Spinner {
  override start(tick?: () => void, interval?: number): void {
    super.start(tick, interval)
    const timer: unknown = Reflect.get(this, 'id')
    if (timer instanceof Object && 'unref' in timer && typeof timer.unref === 'function') timer.unref()
  }
}

function stderrLogger(io: ProgressIo): ListrLogger {
  const logger = new ListrLogger({ useIcons: false })
  const stream = io.stderr as NodeJS.WriteStream
  return Object.assign(logger, { process: new ProcessOutput(stream, stream) })
}

const frames = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'

/**
 * listr2's terminal renderer with kadm's lines. Every task of the list runs at once, so that listr2's own states are
 * meaningless.
 */
function rendererOf(run: RunView, io: ProgressIo, now: () => number): typeof DefaultRenderer {
  const paint = palette(io.color)
  const icons: Record<StepState, () => string> = {
    waiting: () => paint.dim('·'),
    running: () => paint.cyan(frames[Math.floor(now() / 100) % frames.length] ?? ''),
    done: () => paint.green('✓'),
    skipped: () => paint.dim('-'),
    failed: () => paint.red('✗'),
  }
  const groupOf = (task: ListrDefaultRendererTask) => run.groups.find(group => group.name === task.initialTitle)
  return class extends DefaultRenderer {
    // listr2 checks stdout for a terminal, but the list is on stderr.
    static override nonTTY = true
    private readonly listed: ListrDefaultRendererTask[]

    constructor(...args: ConstructorParameters<typeof DefaultRenderer>) {
      super(...args)
      this.listed = args[0]
    }

    override create(options?: Parameters<DefaultRenderer['create']>[0]): string {
      for (const task of this.listed) {
        const group = groupOf(task)
        if (group === undefined) continue
        const warnings = group.steps.flatMap(view => view.warnings).map(text => `! ${oneLine(text)}`)
        task.title = [groupLine(group, now()), ...warnings].join('\n')
      }
      return super.create(options)
    }

    protected override style(task: ListrDefaultRendererTask): string {
      const group = groupOf(task)
      return group === undefined ? '' : icons[groupState(group)]()
    }

    protected override format(message: string, icon: string): string[] {
      const columns = io.stderr.columns ?? 80
      const [title = '', ...warnings] = message.split('\n')
      return [
        `${icon} ${cutTo(title, columns - 3)}`,
        ...warnings.map(text => `  ${paint.yellow(cutTo(text, columns - 3))}`),
      ]
    }
  }
}
