import { given } from '../../cluster/given.ts'
import type { HostReader } from '../host.ts'
import { type ClaimPlace, claimPlace } from './claimant.ts'
import { endingOfLogs, parseEntries, recordedRun, runOfHolder, unlessFree } from './read-runs.ts'
import type { LoggedStep } from './run-log.ts'

/** A run that stopped without an end, as the log of one host has it. */
export interface StoppedRun {
  readonly run: string
  readonly command?: string
  /** The steps that have begun and not ended. */
  readonly steps: readonly Pick<LoggedStep, 'stage' | 'phase'>[]
  /** The time of its last entry. */
  readonly stoppedAt?: Date
}

/** Prints the holder of the lock or an empty line, then the name and the text of the newest log. Starts few programs. */
const script = `
newest=
for file in "$2"/*${endingOfLogs}; do newest=$file; done
[ -e "$newest" ] || exit 0
holder=$(${unlessFree})
newline='
'
printf '%s\\n' "\${holder%%"$newline"*}" "\${newest##*/}"
cat -- "$newest"`

/**
 * Returns the newest run in the logs of a host if it has no end and does not hold the lock. Returns undefined if there is
 * none or this user cannot read the logs. It takes one round trip, because every command that changes a host needs it.
 */
export async function readUnfinishedRun(
  host: HostReader,
  at: ClaimPlace = claimPlace,
): Promise<StoppedRun | undefined> {
  const { stdout } = await host.query(['sh', '-c', script, 'sh', at.lock, at.runs])
  const [holder = '', file = '', ...lines] = stdout.split('\n')
  if (!file.endsWith(endingOfLogs)) return undefined
  const name = file.slice(0, -endingOfLogs.length)
  const entries = parseEntries(lines.join('\n'))
  const { run, command, state, steps } = recordedRun(name, entries, name === runOfHolder(holder))
  if (state !== 'unfinished') return undefined
  const last = new Date(entries.at(-1)?.time ?? '')
  return {
    run,
    ...given({ command, stoppedAt: Number.isNaN(last.getTime()) ? undefined : last }),
    steps: steps.filter(step => step.state === 'unfinished').map(({ stage, phase }) => ({ stage, phase })),
  }
}
