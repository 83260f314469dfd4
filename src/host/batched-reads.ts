import { callCommand } from './call.ts'
import type { ConnectedHost, Transport } from './host.ts'
import { quote } from './quote.ts'
import { listScript, missing, statFormat } from './scripts.ts'
import { checkPath, environment, splitNames } from './shell-host.ts'
import { parseStat } from './stat.ts'

/** The maximum number of parallel batches. Reads that arrive in the meantime wait for the next batch. */
const atOnce = 3
/** Reads per command: a command line is limited to 128 KiB. */
const most = 50

type Verb = 'read' | 'stat' | 'list'

interface Question {
  readonly verb: Verb
  readonly path: string
  /** undefined: the host has no short answer, so the read runs alone. */
  readonly answer: (found: Found | undefined) => void
}

/** The bytes at the path; absent if nothing exists there. */
interface Found {
  readonly bytes?: Buffer
}

/**
 * Returns a host that combines small reads into batches: phases run in parallel and read before they write, so that
 * over SSH the number of commands takes most of the time. A failed read is repeated alone for its error.
 */
export function batchedReads(host: ConnectedHost, transport: Transport): ConnectedHost {
  const ask = makeAsk(transport)
  return {
    ...host,
    async readFile(path) {
      const found = await ask('read', checkPath(path))
      return found === undefined ? host.readFile(path) : found.bytes && new Uint8Array(found.bytes)
    },
    async stat(path) {
      const found = await ask('stat', checkPath(path))
      return found === undefined ? host.stat(path) : found.bytes && parseStat(found.bytes.toString())
    },
    async list(path) {
      const found = await ask('list', checkPath(path))
      return found === undefined ? host.list(path) : splitNames(found.bytes ?? Buffer.of())
    },
  }
}

function makeAsk(transport: Transport): (verb: Verb, path: string) => Promise<Found | undefined> {
  const waiting: Question[] = []
  let running = 0

  async function flush(): Promise<void> {
    if (running >= atOnce || waiting.length === 0) return
    const batch = waiting.splice(0, most)
    // A single read is not batched, so that a large file is streamed.
    if (batch.length === 1) return batch[0]?.answer(undefined)
    running += 1
    try {
      const answers = await together(transport, batch)
      batch.forEach((question, i) => void question.answer(answers[i]))
    } catch {
      for (const question of batch) question.answer(undefined)
    } finally {
      running -= 1
      void flush()
    }
  }

  return (verb, path) =>
    new Promise(answer => {
      waiting.push({ verb, path, answer })
      setImmediate(() => void flush())
    })
}

/**
 * The commands of a batch. A command prints a line with a code for each of its paths, then what it finds at those with
 * code 0. It starts few programs, because they take the time: for all files of a batch, two `stat`, one `cat` and one
 * `base64`.
 */
const functions = `
kadm_code() {
  if [ "$kind" = read ]; then [ -f "$1" ] && [ -r "$1" ] && return 0
  elif [ -e "$1" ] || [ -L "$1" ]; then return 0; fi
  [ ! -e "$1" ] || return 1
  p=$1
  while [ ! -e "$p" ] && [ ! -L "$p" ]; do p=\${p%/*}; [ -n "$p" ] || p=/; done
  if [ "$p" != "$1" ] && { [ ! -d "$p" ] || [ -x "$p" ]; }; then return ${missing}; fi
  [ ! -L "$1" ] || return ${missing}
  return 1
}
kadm_all() {
  kind=$1
  shift
  codes=
  for path; do
    shift
    kadm_code "$path"
    code=$?
    codes="$codes $code"
    [ "$code" -ne 0 ] || set -- "$@" "$path"
  done
  echo "$codes"
  [ "$#" -eq 0 ] || "kadm_$kind" "$@"
}
kadm_read() {
  stat -L --printf '%s ' -- "$@"; echo
  cat -- "$@" | base64 -w 0; echo
  stat -L --printf '%s ' -- "$@"; echo
}
kadm_stat() { stat --printf '${statFormat}' -- "$@"; }
kadm_list() {
  found=$(${listScript})
  code=$?
  printf %s "$found" | base64 -w 0
  echo " $code"
}`

async function together(transport: Transport, batch: readonly Question[]): Promise<readonly (Found | undefined)[]> {
  const of = (verb: Verb) => batch.filter(question => question.verb === verb)
  const [lists, reads, stats] = [of('list'), of('read'), of('stat')]
  const all = (kind: Verb, asked: readonly Question[]) =>
    asked.length === 0 ? [] : [`kadm_all ${kind} ${quote(asked.map(({ path }) => path))}`]
  const asked = [...lists.map(({ path }) => `kadm_list ${quote([path])}`), ...all('read', reads), ...all('stat', stats)]
  const command = `${environment}exec 2>/dev/null\n${functions}\n${asked.join('\n')}`
  const { output } = await callCommand(transport, { command, what: `read ${batch.length} files` })
  const lines = output.stdout.split('\n')
  const listed = lists.map(question => [question, takeList(lines)] as const)
  const found = new Map([...listed, ...takeAll(lines, reads, takeReads), ...takeAll(lines, stats, takeStats)])
  return batch.map(question => found.get(question))
}

function takeList(lines: string[]): Found | undefined {
  const [text = '', code] = (lines.shift() ?? '').split(' ')
  if (code === String(missing)) return {}
  return code === '0' ? { bytes: Buffer.from(text, 'base64') } : undefined
}

/** Takes the codes of the questions, and what was found. `take` returns it for the paths that exist, or nothing. */
function takeAll(
  lines: string[],
  asked: readonly Question[],
  take: (lines: string[], count: number) => readonly Buffer[],
): readonly (readonly [Question, Found | undefined])[] {
  if (asked.length === 0) return []
  const codes = (lines.shift() ?? '').trim().split(' ')
  const count = codes.filter(code => code === '0').length
  const contents = [...(count === 0 ? [] : take(lines, count))]
  return asked.map((question, i) => {
    const bytes = codes[i] === '0' ? contents.shift() : undefined
    if (bytes !== undefined) return [question, { bytes }]
    return [question, codes[i] === String(missing) ? {} : undefined]
  })
}

/** Separates files by their sizes. A size that changes in the meantime makes that impossible. */
function takeReads(lines: string[], count: number): readonly Buffer[] {
  const [before = '', text = '', after = ''] = lines.splice(0, 3)
  const sizes = before.trim().split(' ').map(Number)
  const bytes = Buffer.from(text, 'base64')
  const ends = sizes.map((_, i) => sizes.slice(0, i + 1).reduce((sum, size) => sum + size))
  if (before !== after || sizes.length !== count || ends.at(-1) !== bytes.length) return []
  return sizes.map((size, i) => bytes.subarray((ends[i] ?? 0) - size, ends[i]))
}

const factsOfFile = 8

function takeStats(lines: string[], count: number): readonly Buffer[] {
  const facts = lines.splice(0, count * factsOfFile)
  // The last line of the output ends with a line break.
  if (lines.length !== 1) return []
  return Array.from({ length: count }, (_, i) =>
    Buffer.from(facts.slice(i * factsOfFile, (i + 1) * factsOfFile).join('\n')),
  )
}
