import { posix } from 'node:path'
import { isKadmError, KadmError } from '../../errors/kadm-error.ts'
import { fileError } from '../file-error.ts'
import type { Host, HostReader, Stat } from '../host.ts'
import { realPath } from '../real-path.ts'
import type { Claimant, ClaimPlace } from './claimant.ts'

/** A step in the log of a run. */
export interface LoggedStep {
  readonly stage: string
  readonly phase: string
  readonly node: string
}

/** A change of a step: `file /etc/kubernetes/admin.conf`. Never its content. */
export interface LoggedChanges {
  readonly count: number
  readonly names: readonly string[]
}

/** One line in the log of a run. The log adds the time. */
export type RunEntry =
  | ({ readonly type: 'run-opened' } & Omit<Claimant, 'since'>)
  | { readonly type: 'run-started'; readonly intent: string; readonly plan: readonly LoggedStep[] }
  | ({ readonly type: 'step-started'; readonly text: string } & LoggedStep)
  | ({ readonly type: 'step-kept' } & BeforeImage)
  | ({ readonly type: 'step-done'; readonly ms: number; readonly changes: LoggedChanges } & LoggedStep)
  | ({
      readonly type: 'step-failed'
      readonly ms: number
      readonly code: string
      readonly text: string
      readonly changes: LoggedChanges
    } & LoggedStep)
  | { readonly type: 'run-failed'; readonly code: string; readonly text: string }
  | { readonly type: 'run-done'; readonly ms: number }

/** A file as it was before a run changed it: a copy, or size and checksum of a file that is too large to copy. */
export interface BeforeImage {
  readonly path: string
  /** Where the copy is. */
  readonly copy?: string
  readonly size?: number
  /** Lower-case hex. */
  readonly sha256?: string
  /** Octal permission bits and `user:group` of the file; the copy itself is for root alone. */
  readonly mode?: string
  readonly owner?: string
}

/** The largest file that a run copies: larger ones are programs and archives, which can be fetched again. */
export const copiedBytes = 10 * 1024 * 1024

/** The log of one run on one host. */
export interface RunLog {
  /** Appends a line. Never waits and never fails. */
  append(entry: RunEntry): void
  /**
   * Copies a file before it is changed, unless this run already has a copy. Of a file that is larger than `copiedBytes`,
   * it only records size and checksum. Does nothing if the host has no logs, or no file has this path. `known` is its
   * content as the step has read it.
   * Throws HOST_FILE if the file cannot be copied.
   */
  keep(path: string, known?: Uint8Array): Promise<void>
}

/** Returns the log of a run. Its first line contains who started the run. */
export function runLog(
  host: Host,
  { since, ...claimant }: Claimant,
  at: ClaimPlace,
  writeLine: (line: string) => void,
  now: () => Date = () => new Date(),
): RunLog {
  let opened = false
  const kept = new Map<string, Promise<void>>()
  const write = (time: Date, { type, ...fields }: RunEntry) =>
    writeLine(JSON.stringify({ type, time: time.toISOString(), ...fields }))
  const append = (entry: RunEntry) => {
    if (!opened) write(since, { type: 'run-opened', ...claimant })
    opened = true
    write(now(), entry)
  }
  const folder = posix.join(at.before, claimant.run)
  const makeFolder = async () => {
    if ((await host.stat(folder)) !== undefined) return
    for (const path of [at.before, folder]) await host.writeFile({ path, dir: true, mode: 0o700 })
  }
  const keep = async (path: string, known: Uint8Array | undefined) => {
    const [there, stat] = await Promise.all([hasLogs(host, at), statOfFile(host, path)])
    if (!there || stat === undefined) return
    const copy = posix.join(folder, path)
    const content = stat.size > copiedBytes ? undefined : (known ?? (await host.readFile(path)))
    if (content !== undefined) {
      await makeFolder()
      await host.writeFile({ path: copy, content, mode: 0o600 })
    }
    const image = content === undefined ? { size: stat.size, sha256: await checksum(host, path) } : { copy }
    append({ type: 'step-kept', path, ...image, mode: stat.mode.toString(8), owner: stat.owner })
  }
  return {
    append,
    keep(path, known) {
      const earlier = kept.get(path)
      if (earlier !== undefined) return earlier
      const copied = keep(path, known).catch(cause => {
        kept.delete(path)
        throw notKept(cause, { path, host: host.name, folder })
      })
      kept.set(path, copied)
      return copied
    },
  }
}

/** Only root can look into the directory of the logs. */
async function hasLogs(host: HostReader, { runs }: ClaimPlace): Promise<boolean> {
  try {
    return (await host.stat(runs)) !== undefined
  } catch (error) {
    if (!isKadmError(error, 'HOST_FILE')) throw error
    return false
  }
}

/** Follows links; undefined for what is not a file. */
async function statOfFile(host: HostReader, path: string): Promise<Stat | undefined> {
  const stat = await host.stat(path)
  if (stat?.kind !== 'link') return stat?.kind === 'file' ? stat : undefined
  const target = await realPath(host, path)
  return target === path ? undefined : statOfFile(host, target)
}

async function checksum(host: HostReader, path: string): Promise<string> {
  const { code, stdout } = await host.query(['sha256sum', '--', path])
  const [sum] = /^\\?[0-9a-f]{64}/.exec(stdout) ?? []
  if (code === 0 && sum !== undefined) return sum.replace('\\', '')
  throw fileError({ verb: 'read', path, host: host.name, reason: 'its checksum cannot be computed' }, {})
}

function notKept(cause: unknown, { path, host, folder }: Readonly<Record<'path' | 'host' | 'folder', string>>) {
  if (!isKadmError(cause, 'HOST_FILE')) return cause
  return new KadmError('HOST_FILE', `${path} on ${host} cannot be copied before it is changed: ${cause.message}`, {
    cause,
    hint: `make room for ${folder} on ${host}, then run the same command again`,
  })
}
