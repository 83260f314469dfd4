import { posix } from 'node:path'
import { isKadmError, KadmError } from '../../errors/kadm-error.ts'
import type { Host } from '../host.ts'
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
   * it only records size and checksum. Does nothing if the host has no logs.
   * Throws HOST_FILE if the file cannot be copied.
   */
  keep(path: string): Promise<void>
}

/**
 * `$1` the file, `$2` its copy, `$3` the directory of logs, `$4` the size up to which a file is copied. Prints mode and
 * owner of a file that was copied; of a larger one, size and checksum as well.
 */
const keepScript = `
set -e
if [ ! -d "$3" ] || [ ! -f "$1" ] || [ -e "$2" ]; then exit 0; fi
facts=$(stat -L -c '%a %U:%G %s' -- "$1")
if [ "\${facts##* }" -gt "$4" ]; then
  sum=$(sha256sum < "$1")
  echo "$facts \${sum%% *}"
  exit 0
fi
umask 077
mkdir -p -- "\${2%/*}"
trap 'rm -f -- "$2.part"' EXIT
cat -- "$1" > "$2.part"
echo "$facts"
mv -fT -- "$2.part" "$2"`

/** Returns the log of a run. Its first line contains who started the run. */
export function runLog(
  host: Pick<Host, 'name' | 'exec'>,
  { since, ...claimant }: Claimant,
  at: ClaimPlace,
  writeLine: (line: string) => void,
  now: () => Date = () => new Date(),
): RunLog {
  let opened = false
  const large = new Set<string>()
  const write = (time: Date, { type, ...fields }: RunEntry) =>
    writeLine(JSON.stringify({ type, time: time.toISOString(), ...fields }))
  const append = (entry: RunEntry) => {
    if (!opened) write(since, { type: 'run-opened', ...claimant })
    opened = true
    write(now(), entry)
  }
  return {
    append,
    async keep(path) {
      if (large.has(path)) return
      const copy = posix.join(at.before, claimant.run, path)
      const facts = await copyFile(host, [path, copy, at.runs])
      const [mode, owner, size, sha256] = facts.split(' ')
      if (mode === undefined || owner === undefined) return
      if (sha256 !== undefined) large.add(path)
      const kept = sha256 === undefined ? { copy } : { size: Number(size), sha256 }
      append({ type: 'step-kept', path, ...kept, mode, owner })
    },
  }
}

async function copyFile(host: Pick<Host, 'name' | 'exec'>, args: readonly [string, string, string]): Promise<string> {
  const [path] = args
  const what = `copying ${path} before it is changed`
  let printed = ''
  const onStdout = (chunk: Uint8Array) => {
    printed += Buffer.from(chunk).toString()
  }
  try {
    await host.exec(['sh', '-c', keepScript, 'sh', ...args, String(copiedBytes)], { what, onStdout })
    return printed.trim()
  } catch (cause) {
    if (!isKadmError(cause, 'COMMAND_FAILED')) throw cause
    const reason = cause.output?.trimEnd().split('\n').at(-1) ?? cause.message
    throw new KadmError('HOST_FILE', `${path} on ${host.name} cannot be copied before it is changed: ${reason}`, {
      cause,
      hint: `make room for ${args[1]} on ${host.name}, then run the same command again`,
    })
  }
}
