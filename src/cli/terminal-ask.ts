import { closeSync, openSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { ReadStream } from 'node:tty'
import { type Secret, secret } from '../cluster/secret.ts'
import { KadmError } from '../errors/kadm-error.ts'
import type { Ask } from '../host/ssh-credentials.ts'

const terminal = '/dev/tty'

/**
 * Asks on the terminal that kadm was started from, whatever stdin is. Undefined when there is none, or when nobody looks
 * at stderr, where the question goes.
 */
export function terminalAsk(): Ask | undefined {
  if (process.stderr.isTTY !== true) return undefined
  try {
    closeSync(openSync(terminal, 'r'))
    return ask
  } catch {
    return undefined
  }
}

const ask: Ask = (question, { echo }) =>
  new Promise<Secret | undefined>((resolve, reject) => {
    const input = new ReadStream(openSync(terminal, 'r'))
    const silence = new Writable({ write: (_chunk, _encoding, done) => done() })
    const output = echo ? process.stderr : silence
    const lines = createInterface({ input, output, terminal: true, historySize: 0 })
    const end = () => {
      process.off('SIGTERM', stop)
      lines.removeAllListeners('close')
      lines.close()
      input.destroy()
      if (!echo) process.stderr.write('\n')
    }
    const stop = () => {
      end()
      reject(new KadmError('INTERRUPTED', 'stopped at a question'))
    }
    // Ctrl-C comes as a character here: the terminal is in raw mode.
    lines.once('SIGINT', stop)
    process.once('SIGTERM', stop)
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
