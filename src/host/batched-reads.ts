import { callCommand } from './call.ts'
import type { ConnectedHost, Output, Transport } from './host.ts'
import { quote } from './quote.ts'
import { absentScript, listScript, missing, statScript } from './scripts.ts'
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
  /** undefined: the host has no short answer, so the question is to be asked by itself. */
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

/** Each question ends a line of its own: the bytes in base64, a blank, the exit code. Few programs, since they take the time. */
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
