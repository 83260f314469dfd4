import { callCommand } from './call.ts'
import type { ConnectedHost, Output, Transport } from './host.ts'
import { quote } from './quote.ts'
import { listScript, missing, readScript, statScript } from './scripts.ts'
import { checkPath, environment, splitNames } from './shell-host.ts'
import { parseStat } from './stat.ts'

/** Batches under way; what is asked meanwhile waits and goes together. */
const atOnce = 3
/** Questions in one command, whose text has a limit of 128 KiB. */
const most = 50

type Verb = 'read' | 'stat' | 'list'

interface Question {
  readonly verb: Verb
  readonly path: string
  /** undefined: the machine has no short answer, so the question is to be asked by itself. */
  readonly answer: (found: Found | undefined) => void
}

/** Bytes of what is at the path, absent when nothing is. */
interface Found {
  readonly bytes?: Buffer
}

/**
 * The same host, whose small reads travel together: phases run side by side and each looks before it writes, so over SSH
 * the number of commands is what takes the time. A failed read is asked again by itself, for its error.
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
    // One question alone is asked as it always was, so that a large file streams.
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

const functions = Object.entries({ read: readScript, stat: statScript, list: listScript })
  .map(([verb, script]) => `kadm_${verb}() (\n${script}\n)`)
  .join('\n')

/** One line an answer, in base64: the bytes, a line end and the exit code. */
async function together(transport: Transport, batch: readonly Question[]): Promise<readonly (Found | undefined)[]> {
  const asked = batch.map(({ verb, path }) => {
    return `{ kadm_${verb} ${quote([path])}; printf '\\n%s' "$?"; } 2>/dev/null | base64 | tr -d '\\n'; echo`
  })
  const command = `${environment}${functions}\n${asked.join('\n')}`
  const { output } = await callCommand(transport, { command, what: `read ${batch.length} files` })
  return answersOf(output)
}

function answersOf({ stdout }: Output): readonly (Found | undefined)[] {
  return stdout.split('\n').map(line => {
    const text = Buffer.from(line, 'base64')
    const end = text.lastIndexOf(0x0a)
    const code = end < 0 ? Number.NaN : Number(text.subarray(end + 1).toString())
    if (code === missing) return {}
    return code === 0 ? { bytes: text.subarray(0, end) } : undefined
  })
}
