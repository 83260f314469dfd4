import { callCommand } from './call.ts'
import type { ConnectedHost, Output, Transport } from './host.ts'
import { quote } from './quote.ts'
import { absentScript, listScript, missing, statScript } from './scripts.ts'
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
 * Each read prints one line: the bytes in base64, a blank, the exit code. It starts few programs, because they take the
 * time.
 */
const functions = `
kadm_read() {
  if [ -f "$1" ]; then base64 -w 0 -- "$1"; else (${absentScript}); fi
  echo " $?"
}
kadm_tell() { printf %s "$2" | base64 -w 0; echo " $1"; }
kadm_stat() {
  found=$(${statScript})
  kadm_tell "$?" "$found"
}
kadm_list() {
  found=$(${listScript})
  kadm_tell "$?" "$found"
}`

async function together(transport: Transport, batch: readonly Question[]): Promise<readonly (Found | undefined)[]> {
  const asked = batch.map(({ verb, path }) => `kadm_${verb} ${quote([path])}`)
  const command = `${environment}exec 2>/dev/null\n${functions}\n${asked.join('\n')}`
  const { output } = await callCommand(transport, { command, what: `read ${batch.length} files` })
  return answersOf(output)
}

function answersOf({ stdout }: Output): readonly (Found | undefined)[] {
  return stdout.split('\n').map(line => {
    const [text = '', code] = line.split(' ')
    if (code === String(missing)) return {}
    return code === '0' ? { bytes: Buffer.from(text, 'base64') } : undefined
  })
}
