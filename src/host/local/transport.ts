import type { ChildProcess } from 'node:child_process'
import { createConnection } from 'node:net'
import { Duplex } from 'node:stream'
import { execa } from 'execa'
import { KadmError } from '../../errors/kadm-error.ts'
import { feed, takeChunks } from '../content.ts'
import type { ConnectTarget, Output, RunOptions, Transport } from '../host.ts'
import { signalCode } from '../signal-code.ts'
import { showTarget } from '../target.ts'

/** Tenths of a second for a command to end before it is killed. */
const graceTenths = 20

/** Runs commands on this host as the user of kadm. */
export function localTransport(): Transport {
  return { run, connect, close: async () => {} }
}

async function run(command: string, io: RunOptions = {}): Promise<Output> {
  io.signal?.throwIfAborted()
  // Its own process group: Ctrl-C in the terminal ends waits, not a command in the middle of its work.
  const child = execa('/bin/sh', ['-c', command], {
    detached: true,
    // kadm's working directory may be inaccessible to its user, so that no command could start there.
    cwd: '/',
    cleanup: false,
    reject: false,
    encoding: 'buffer',
    maxBuffer: Number.MAX_SAFE_INTEGER,
    stripFinalNewline: false,
    buffer: { stdout: io.onStdout === undefined, stderr: true },
    stdin: io.stdin === undefined ? 'ignore' : 'pipe',
  })
  let broken: unknown
  const { stop, stopped } = stopping(child.pid)
  if (io.onStdout !== undefined && child.stdout !== null) takeChunks(child.stdout, io.onStdout)
  if (io.stdin !== undefined && child.stdin !== null) {
    feed(io.stdin, child.stdin, error => {
      broken = error
      stop()
    })
  }
  io.signal?.addEventListener('abort', stop, { once: true })
  const result = await Promise.race([child, stopped])
  io.signal?.removeEventListener('abort', stop)
  if (result === undefined) letGo(child.nodeChildProcess)
  io.signal?.throwIfAborted()
  if (broken !== undefined) throw broken
  const { exitCode, signal, stdout, stderr } = result ?? {}
  return { code: exitCode ?? signalCode(signal), stdout: decode(stdout), stderr: decode(stderr) }
}

/**
 * `stop` ends a command and its group. `stopped` resolves after the group was killed, even if a child in another group,
 * or one that waits for a disk, still holds the output open.
 */
function stopping(pid: number | undefined): { readonly stop: () => void; readonly stopped: Promise<undefined> } {
  let done = () => {}
  const stopped = new Promise<undefined>(resolve => {
    done = () => resolve(undefined)
  })
  return { stop: () => void killGroup(pid).then(done), stopped }
}

function letGo(child: Pick<ChildProcess, 'stdin' | 'stdout' | 'stderr' | 'unref'>): void {
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy()
  child.unref()
}

/** The stdin and stdout of a command as one stream (ProxyCommand). The stream ends with the command's stderr. */
export function localStream(command: string): Duplex {
  const child = execa('/bin/sh', ['-c', command], {
    detached: true,
    cleanup: false,
    reject: false,
    buffer: { stdout: false, stderr: true },
  })
  const { stdin, stdout } = child
  const stream = new Duplex({
    read: () => void stdout.resume(),
    // Its exit reports why it no longer reads.
    write: (chunk, _encoding, done) => void stdin.write(chunk, () => done()),
    final: done => void stdin.end(() => done()),
    destroy(error, done) {
      void killGroup(child.pid)
      done(error)
    },
  })
  stdin.on('error', () => {})
  stdout.on('data', chunk => {
    if (!stream.push(chunk)) stdout.pause()
  })
  void child.then(({ exitCode, stderr }) => {
    if (exitCode === 0) stream.push(null)
    else stream.destroy(new Error(`${command} exited ${exitCode}: ${stderr.trim()}`))
  })
  return stream
}

/**
 * Kills the whole group: killing only a shell would leave its children running. Repeats TERM, because a shell that gets
 * it just before it starts a program waits for that program first, and only then cleans up.
 */
async function killGroup(pid: number | undefined): Promise<void> {
  if (pid === undefined) return
  const script = `left=${graceTenths}
while kill -s TERM -- "$1"; do
  left=$((left - 1))
  [ "$left" -gt 0 ] || { kill -s KILL -- "$1"; exit; }
  sleep 0.1
done`
  const args = ['-c', script, 'sh', `-${pid}`]
  const killing = execa('/bin/sh', args, { reject: false, stdio: 'ignore', detached: true, cleanup: false })
  killing.nodeChildProcess.unref()
  await killing
}

function decode(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? '' : new TextDecoder().decode(bytes)
}

/** The signal only ends the attempt; the owner of the connection ends that. */
function connect(target: ConnectTarget, { signal }: { readonly signal?: AbortSignal } = {}): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const to = 'socket' in target ? { path: target.socket } : { host: target.host, port: target.port }
    const socket = createConnection(to)
    const settle = () => {
      signal?.removeEventListener('abort', abort)
      socket.off('error', fail)
    }
    const abort = () => {
      settle()
      socket.on('error', () => {}).destroy()
      reject(signal?.reason)
    }
    const fail = (cause: Error) => {
      settle()
      const message = `cannot connect to ${showTarget(target)} on this host: ${cause.message}`
      reject(new KadmError('HOST_CONNECT', message, { cause }))
    }
    signal?.addEventListener('abort', abort, { once: true })
    socket.once('error', fail)
    socket.once('connect', () => {
      settle()
      resolve(socket)
    })
  })
}
