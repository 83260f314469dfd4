import { PassThrough } from 'node:stream'
import { KadmError } from '../../errors/kadm-error.ts'
import type { ConnectedHost, Output } from '../host.ts'
import { type Claimant, type ClaimPlace, claimPlace } from './claimant.ts'
import { type RunLog, runLog } from './run-log.ts'
import { beatMs, claimScript, held } from './script.ts'

/** A host that no other run of kadm changes. Closing it releases the lock. */
export interface ClaimedHost extends ConnectedHost {
  /** The log of the run on this host. */
  readonly log: RunLog
}

/**
 * Locks a host for one run. A process of one open channel holds the lock, and its end releases it, even if kadm is
 * killed. Throws HOST_CLAIMED if another run holds the lock. After the lock is lost, every verb throws HOST_CLAIM_LOST.
 * Calls `warn` if the host cannot be locked.
 */
export async function claimHost(
  host: ConnectedHost,
  claimant: Claimant,
  warn: (text: string) => void,
  at = claimPlace,
): Promise<ClaimedHost> {
  const lines = new PassThrough()
  const { answer, ended } = hold(host, claimant, lines, at)
  const beat = setInterval(() => lines.write('.\n'), beatMs).unref()
  const letGo = async () => {
    clearInterval(beat)
    lines.end()
    await ended.catch(() => undefined)
  }
  try {
    const [word, ...why] = (await answer).split(' ')
    if (word !== 'claimed' && why[0] !== '') warn(`no lock protects ${host.name}: ${why.join(' ')}`)
  } catch (error) {
    await letGo()
    throw error
  }
  const still = guarded(host, ended, letGo)
  return { ...still, log: runLog(still, claimant, at, line => void lines.write(`${line}\n`)) }
}

/** Starts the holder. Its first line is the answer, and its end is the end of the lock. */
function hold(host: ConnectedHost, claimant: Claimant, stdin: PassThrough, at: ClaimPlace) {
  let said = ''
  let resolveFirst: (line: string) => void = () => undefined
  const firstLine = new Promise<string>(resolve => {
    resolveFirst = resolve
  })
  const onStdout = (chunk: Uint8Array) => {
    said += Buffer.from(chunk).toString()
    if (said.includes('\n')) resolveFirst(said.slice(0, said.indexOf('\n')))
  }
  const argv = [
    'sh',
    '-c',
    claimScript,
    'sh',
    at.lock,
    JSON.stringify(claimant),
    at.runs,
    claimant.run,
    at.before,
  ] as const
  const ended = host.query(argv, { stdin, onStdout, what: 'acquiring the lock on the host', lasting: true })
  const refused = ended.then(output => {
    throw output.code === held ? claimed(host.name, said) : cannotClaim(host.name, output)
  })
  // A holder that refuses prints the current holder of the lock, so its end decides, not its first line.
  const answer = firstLine.then(line => (line.startsWith('{') ? refused : line))
  return { answer: Promise.race([answer, refused]), ended }
}

/** Returns a host that rejects every verb after the lock is lost. */
function guarded(host: ConnectedHost, ended: Promise<Output>, letGo: () => Promise<void>): ConnectedHost {
  let lost: KadmError | undefined
  const lose = () => {
    lost ??= new KadmError('HOST_CLAIM_LOST', `lost the lock on ${host.name} while this run was still using it`, {
      hint: 'check that no other kadm is running on the host, then run the same command again: it continues where this run stopped',
    })
  }
  // A command that runs over a lost connection reports the loss.
  ended.then(lose, () => undefined)
  const still =
    <A extends unknown[], T>(verb: (...args: A) => Promise<T>) =>
    (...args: A) =>
      lost === undefined ? verb(...args) : Promise.reject(lost)
  return {
    ...host,
    query: still(host.query),
    readFile: still(host.readFile),
    readStream: still(host.readStream),
    connect: still(host.connect),
    writeFile: still(host.writeFile),
    writePair: still(host.writePair),
    writeStream: still(host.writeStream),
    remove: still(host.remove),
    exec: still(host.exec),
    async close() {
      await letGo()
      await host.close()
    },
  }
}

function claimed(host: string, words: string): KadmError {
  const { user, machine, pid, command, since } = parseHolder(words)
  const who = user === undefined ? '' : `: ${command} by ${user} on ${machine} (process ${pid}), since ${since}`
  const hint =
    user === undefined
      ? 'wait until it finishes, then run again'
      : `wait until it finishes, or stop process ${pid} on ${machine} to release the lock`
  return new KadmError('HOST_CLAIMED', `another run of kadm is changing ${host}${who}`, { hint })
}

/** The text is empty while the holder has just started. */
function parseHolder(words: string): Partial<Readonly<Record<keyof Claimant, string | number>>> {
  try {
    return JSON.parse(words) as Record<keyof Claimant, string | number>
  } catch {
    return {}
  }
}

function cannotClaim(host: string, output: Output): KadmError {
  const why = output.stderr.trimEnd().split('\n').at(-1) || `exit code ${output.code}`
  return new KadmError('HOST_CLAIM_LOST', `${host}: could not acquire the lock: ${why}`, { output: output.stderr })
}
