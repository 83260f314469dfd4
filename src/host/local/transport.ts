import type { ChildProcess } from 'node:child_process'
import { createConnection } from 'node:net'
import type { Duplex } from 'node:stream'
import { KadmError } from '../../errors/kadm-error.ts'
import { feed, takeChunks } from '../content.ts'
import type { ConnectTarget, Output, RunOptions, Transport } from '../host.ts'
import { signalCode } from '../signal-code.ts'
import { showTarget } from '../target.ts'
import { killGroup } from './kill-group.ts'

/** Runs commands on this host as the user of kadm. */
export function localTransport(): Transport {
  return { run, connect, close: async () => {} }
}

async function run(command: string, io: RunOptions = {}): Promise<Output> {
  const { execa } = await import('execa')
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
    const fail = (cause: NodeJS.ErrnoException) => {
      settle()
      const message = `cannot connect to ${showTarget(target)} on this host: ${cause.message}`
      const reason = cause.code === 'ECONNREFUSED' ? 'refused' : undefined
      reject(new KadmError('HOST_CONNECT', message, { cause, reason }))
    }
    signal?.addEventListener('abort', abort, { once: true })
    socket.once('error', fail)
    socket.once('connect', () => {
      settle()
      resolve(socket)
    })
  })
}
