import { createInterface } from 'node:readline/promises'
import { KadmError } from '../../errors/kadm-error.ts'

/** Time to wait for input on a pipe, in milliseconds. A pipe that stays open without input counts as no answer. */
const pipeMs = 5000

/**
 * Asks a question on stderr; `flag` is the flag that agrees in advance. As in kubeadm, only `y` or `yes` continues. Throws USAGE for any other answer, and if
 * stdin is not a terminal and has no input.
 */
export async function confirm(question: string, flag: string, signal: AbortSignal): Promise<void> {
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: false })
  const limits = process.stdin.isTTY === true ? [signal] : [signal, AbortSignal.timeout(pipeMs)]
  const ended = new Promise<undefined>(resolve => lines.once('close', () => resolve(undefined)))
  try {
    const asked = lines.question(`${question} [y/N]: `, { signal: AbortSignal.any(limits) })
    const answer = await Promise.race([asked.catch(() => undefined), ended])
    if (signal.aborted) throw new KadmError('INTERRUPTED', 'interrupted before any change was made')
    if (answer === undefined) throw notConfirmed(flag)
    if (!/^y(es)?$/i.test(answer.trim())) {
      throw new KadmError('USAGE', "won't proceed; the user didn't answer (Y|y) in order to continue")
    }
  } finally {
    lines.close()
    // A terminal has already echoed the operator's Enter.
    if (process.stdin.isTTY !== true) process.stderr.write('\n')
  }
}

function notConfirmed(flag: string): KadmError {
  return new KadmError('USAGE', 'confirmation is required, but stdin has no answer; nothing was changed', {
    hint: `use ${flag} to skip the confirmation`,
  })
}
