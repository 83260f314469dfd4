import { posix } from 'node:path'
import { given } from '../../cluster/given.ts'
import type { HostReader } from '../host.ts'
import { isTemporary } from '../temp-name.ts'
import { type ClaimPlace, claimPlace } from './claimant.ts'
import type { BeforeImage, LoggedStep, RunEntry } from './run-log.ts'

/** A step of a run in the log of one host. */
export interface RecordedStep extends LoggedStep {
  readonly state: 'done' | 'failed' | 'unfinished' | 'not-started'
  readonly startedAt?: string
  readonly ms?: number
  /** Its changes, such as `file /etc/kubernetes/admin.conf`. An unfinished step may have made more. */
  readonly changes: readonly string[]
  readonly error?: RunFailure
}

export interface RunFailure {
  readonly code: string
  readonly text: string
}

/** A run as a host recorded it. */
export interface RecordedRun {
  readonly run: string
  readonly command?: string
  readonly user?: string
  /** The host that kadm ran on. */
  readonly machine?: string
  readonly pid?: number
  readonly startedAt?: string
  readonly endedAt?: string
  /** `unfinished`: the run ended without an entry, because it was killed or lost its connection. */
  readonly state: 'running' | 'done' | 'failed' | 'unfinished'
  readonly error?: RunFailure
  /** The steps of the plan on this host, in order. */
  readonly steps: readonly RecordedStep[]
}

/** How the names of logs end. */
export const endingOfLogs = '.jsonl'

/** Reads the runs in the logs of a host, oldest first. Requires root there. */
export async function readRuns(host: HostReader, at: ClaimPlace = claimPlace): Promise<readonly RecordedRun[]> {
  const names = (await host.list(at.runs)).filter(name => name.endsWith(endingOfLogs))
  const [running, ...texts] = await Promise.all([
    readHolder(host, at),
    ...names.map(name => host.readFile(posix.join(at.runs, name))),
  ])
  return names.flatMap((name, i) => {
    const bytes = texts[i]
    if (bytes === undefined) return []
    const run = name.slice(0, -endingOfLogs.length)
    return [recordedRun(run, parseEntries(Buffer.from(bytes).toString()), run === running)]
  })
}

/** Returns the files that a run changed on a host, with the paths of their previous content, or with its checksum. */
export async function readBeforeImages(
  host: HostReader,
  run: string,
  at: ClaimPlace = claimPlace,
): Promise<readonly BeforeImage[]> {
  const dir = posix.join(at.before, run)
  const [{ stdout }, log] = await Promise.all([
    host.query(['find', dir, '-type', 'f', '-print0']),
    host.readFile(posix.join(at.runs, `${run}${endingOfLogs}`)),
  ])
  const entries = log === undefined ? [] : parseEntries(Buffer.from(log).toString())
  const kept = entries.flatMap(({ time: _, ...entry }) => (entry.type === 'step-kept' ? [entry] : []))
  // A run that was killed leaves temporary files.
  const copies = stdout.split('\0').filter(path => path !== '' && !isTemporary(posix.basename(path)))
  const images = copies.map((copy): BeforeImage => {
    const { mode, owner } = kept.find(one => one.copy === copy) ?? {}
    return { path: copy.slice(dir.length), copy, ...given({ mode, owner }) }
  })
  const large = kept.flatMap(({ type: _, ...image }) => (image.copy === undefined ? [image] : []))
  return [...images, ...large].sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** Prints the holder's entry while it holds the lock `$1`. Tries the lock only for a moment, so that runs can wait. */
export const unlessFree = `command -v flock > /dev/null && [ -e "$1" ] && ! flock -n -s "$1" true && cat -- "$1"`

/** Returns the name of the run that holds the lock of a host. */
async function readHolder(host: HostReader, at: ClaimPlace): Promise<string | undefined> {
  const { stdout } = await host.query(['sh', '-c', unlessFree, 'sh', at.lock])
  return runOfHolder(stdout)
}

/** The name of the run in the words of a holder. */
export function runOfHolder(words: string): string | undefined {
  return /"run":"([^"]+)"/.exec(words)?.[1]
}

export type ReadEntry = RunEntry & { readonly time: string }

/** Parses the entries of a log. A line that a killed run wrote in part is left out. */
export function parseEntries(text: string): readonly ReadEntry[] {
  return text.split('\n').flatMap(line => {
    try {
      const entry: unknown = JSON.parse(line)
      return typeof entry === 'object' && entry !== null && 'type' in entry ? [entry as ReadEntry] : []
    } catch {
      return []
    }
  })
}

/** A run from its log. */
export function recordedRun(run: string, entries: readonly ReadEntry[], running: boolean): RecordedRun {
  const find = <T extends RunEntry['type']>(type: T) =>
    entries.find((entry): entry is Extract<ReadEntry, { type: T }> => entry.type === type)
  const opened = find('run-opened')
  const done = find('run-done')
  const failed = find('run-failed')
  const end = done ?? failed
  const ended = done === undefined ? 'failed' : 'done'
  const { command, user, machine, pid } = opened ?? {}
  return {
    run,
    ...given({ command, user, machine, pid, startedAt: entries[0]?.time, endedAt: end?.time }),
    state: end !== undefined ? ended : running ? 'running' : 'unfinished',
    ...given({ error: failed && { code: failed.code, text: failed.text } }),
    steps: recordedSteps(find('run-started')?.plan ?? [], entries),
  }
}

function recordedSteps(plan: readonly LoggedStep[], entries: readonly ReadEntry[]): readonly RecordedStep[] {
  const steps = new Map<string, RecordedStep>()
  // Logs of earlier versions have no stage.
  const put = (
    { stage = '-', phase, node }: Partial<LoggedStep> & Pick<LoggedStep, 'phase' | 'node'>,
    more: Omit<RecordedStep, keyof LoggedStep>,
  ) => {
    const key = `${stage} ${phase} ${node}`
    steps.set(key, { stage, phase, node, ...steps.get(key), ...more })
  }
  for (const step of plan) put(step, { state: 'not-started', changes: [] })
  for (const entry of entries) {
    if (entry.type === 'step-started') put(entry, { state: 'unfinished', startedAt: entry.time, changes: [] })
    if (entry.type === 'step-done') put(entry, { state: 'done', ms: entry.ms, changes: entry.changes.names })
    if (entry.type === 'step-failed') {
      const { ms, code, text, changes } = entry
      put(entry, { state: 'failed', ms, changes: changes.names, error: { code, text } })
    }
  }
  return [...steps.values()]
}
