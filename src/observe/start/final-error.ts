import { wholeLines } from './klog-values.ts'

/** Why a program ended according to its log, and the lines that show it. */
export interface FinalError {
  readonly message: string
  /** The lines around it, for display. */
  readonly excerpt: string
}

/** Patterns of final errors of Kubernetes' components, etcd and Go; the first match applies. */
const patterns: readonly ((line: string) => string | undefined)[] = [
  line => unquote(/"command failed" err="(.*)"$/.exec(line)?.[1]),
  line => unquote(/"Failed to listen and serve" err="(.*)"$/.exec(line)?.[1]),
  line => /^(?:Error|error): (.+)$/.exec(line)?.[1],
  line => /^(flag provided but not defined: .+|invalid value ".*" for flag .+)$/.exec(line)?.[1],
  line => etcdFatal(line),
  line => /^(panic: .+|fatal error: .+)$/.exec(line)?.[1],
  line => unquote(/^F\d{4} \S+\s+\d+ [^\]]+\] (.*)$/.exec(line)?.[1]),
]

/** Returns the error that a log ends with; undefined for an empty log. */
export function finalError(log: readonly string[]): FinalError | undefined {
  for (const pattern of patterns) {
    const at = log.findLastIndex(line => pattern(line) !== undefined)
    const message = pattern(log[at] ?? '')
    if (message !== undefined) return { message, excerpt: around(log, at) }
  }
  const at = lastError(log) ?? log.findLastIndex(line => line.trim() !== '')
  if (at < 0) return undefined
  return { message: entryOf(log[at] ?? '')?.message ?? log[at] ?? '', excerpt: around(log, at) }
}

/** An error of klog or etcd, with its time of day in seconds if the log has it. */
interface Entry {
  readonly message: string
  readonly seconds?: number
}

/** Messages that a component logs at every exit: the error before it is the reason. */
const generic = /^(migration )?leader ?election lost(\/stopped)?$|^context canceled$/i
/** Common errors that do not end the component. */
const everyday =
  /UnhandledError|^Unhandled Error|Failed to watch|lease lock|renew lease|update lock|manifest file is empty/i
/** The reason is logged this many seconds before the end at most. */
const justBeforeSeconds = 5

/** Returns the index of the last error; for a generic one, of the error just before it. */
function lastError(log: readonly string[]): number | undefined {
  const errors = log.flatMap((line, i) => {
    const entry = entryOf(line)
    return entry === undefined ? [] : [{ ...entry, i, line }]
  })
  const last = errors.at(-1)
  if (last === undefined || last.i < log.length - 4) return undefined
  if (!generic.test(last.message)) return last.i
  const near = ({ seconds }: Entry) =>
    seconds === undefined || last.seconds === undefined || Math.abs(last.seconds - seconds) <= justBeforeSeconds
  const reason = errors.findLast(one => near(one) && !generic.test(one.message) && !everyday.test(one.line))
  return (reason ?? last).i
}

function entryOf(line: string): Entry | undefined {
  const [, hours, minutes, seconds, text = ''] =
    /^[EF]\d{4} (\d\d):(\d\d):(\d\d)\S*\s+\d+ [^\]]+\] (.*)$/.exec(line) ?? []
  if (hours === undefined) return etcdError(line)
  const [, said, why] = /^"((?:[^"\\]|\\.)*)"(?:.*? err="((?:[^"\\]|\\.)*)")?/.exec(text) ?? []
  const message = said === undefined ? text : why === undefined ? said : `${said}: ${unquote(why)}`
  return { message, seconds: Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) }
}

function etcdError(line: string): Entry | undefined {
  const message = /^\{"level":"error"/.test(line) ? etcdMessage(line) : undefined
  return message === undefined ? undefined : { message }
}

/**
 * Returns the entries of a log file in CRI format (`<time> <stream> F|P <text>`), each in one line, with split lines
 * joined.
 */
export function parseCriLog(text: string): readonly string[] {
  const lines: string[] = []
  // A split line of one stream can be interrupted by the other.
  const open = new Map<string, string>()
  for (const raw of text.split('\n')) {
    const [, stream = '', kind, piece = ''] = /^\S+ (stdout|stderr) ([FP])\S* ?(.*)$/.exec(raw) ?? []
    if (kind === undefined) continue
    const line = (open.get(stream) ?? '') + piece
    open.delete(stream)
    if (kind === 'P') open.set(stream, line)
    else lines.push(line)
  }
  return wholeLines([...lines, ...open.values()])
}

/** Removes one level of the quoting of Go's %q in a log line. */
function unquote(text: string | undefined): string | undefined {
  return text?.replace(/\\(["\\])/g, '$1').replace(/\\n/g, ' ')
}

function etcdFatal(line: string): string | undefined {
  return /^\{"level":"(fatal|panic)"/.test(line) ? etcdMessage(line) : undefined
}

function etcdMessage(line: string): string {
  try {
    const { msg, error } = JSON.parse(line) as { readonly msg?: unknown; readonly error?: unknown }
    return error === undefined ? String(msg) : `${msg}: ${error}`
  } catch {
    return line
  }
}

function around(log: readonly string[], at: number): string {
  return log
    .slice(Math.max(0, at - 14), at + 6)
    .map(line => (line.length > 500 ? `${line.slice(0, 500)}…` : line))
    .join('\n')
}
