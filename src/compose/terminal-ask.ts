import { closeSync, openSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { ReadStream } from 'node:tty'
import { type Secret, secret } from '../cluster/secret.ts'
import { KadmError } from '../errors/kadm-error.ts'
import type { Ask } from '../host/ssh/credentials.ts'

const terminal = '/dev/tty'

/**
 * Prompts on the terminal that kadm was started from, regardless of stdin, until the signal. Undefined without a
 * terminal, or if stderr, where the prompt goes, is not a terminal.
 */
export function terminalAsk(signal?: AbortSignal): Ask | undefined {
  if (process.stderr.isTTY !== true) return undefined
  try {
    closeSync(openSync(terminal, 'r'))
    return (question, { echo }) => ask(question, echo, signal)
  } catch {
    return undefined
  }
}

function ask(question: string, echo: boolean, signal: AbortSignal | undefined): Promise<Secret | undefined> {
  const interrupted = new KadmError('INTERRUPTED', 'interrupted at a prompt')
  if (signal?.aborted) return Promise.reject(interrupted)
  return new Promise((resolve, reject) => {
    const input = new ReadStream(openSync(terminal, 'r'))
    const silence = new Writable({ write: (_chunk, _encoding, done) => done() })
    const output = echo ? process.stderr : silence
    const lines = createInterface({ input, output, terminal: true, historySize: 0 })
    const end = () => {
      process.off('SIGTERM', stop)
      signal?.removeEventListener('abort', stop)
      lines.removeAllListeners('close')
      lines.close()
      input.destroy()
      if (!echo) process.stderr.write('\n')
    }
    const stop = () => {
      end()
      reject(interrupted)
    }
    // In raw mode Ctrl-C is a character. The run receives it as the signal.
    lines.once('SIGINT', () => {
      stop()
      process.emit('SIGINT')
    })
    if (signal === undefined) process.once('SIGTERM', stop)
    signal?.addEventListener('abort', stop, { once: true })
    // Ctrl-D.
    lines.once('close', () => {
      end()
      resolve(undefined)
    })
    if (!echo) process.stderr.write(question)
    lines.question(echo ? question : '', answer => {
      end()
      resolve(secret(answer))
    })
  })
}
