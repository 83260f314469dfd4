import { formatDuration } from '../cluster/duration.ts'
import { given } from '../cluster/given.ts'
import { isKadmError, KadmError } from '../errors/kadm-error.ts'
import { textStream } from './content.ts'
import type { Argv, CommandOptions, Output, Transport } from './host.ts'

interface Call extends CommandOptions {
  /** One or more lines of POSIX shell. */
  readonly command: string
  /** The name of the command for messages. */
  readonly what: string
}

/**
 * Runs one command with its timeout and signal. Throws COMMAND_TIMEOUT after the timeout, and the signal's reason (or
 * INTERRUPTED) after the signal; the command has been killed by then.
 */
export async function callCommand(
  transport: Pick<Transport, 'run'>,
  call: Call,
): Promise<{ output: Output; ms: number }> {
  const { command, what, stdin, timeoutMs, signal, onStdout, lasting } = call
  const limit = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs)
  const signals = [signal, limit].filter(one => one !== undefined)
  const started = performance.now()
  try {
    const output = await transport.run(command, {
      what,
      ...(stdin === undefined ? {} : { stdin: textStream(stdin) }),
      ...(signals.length === 0 ? {} : { signal: AbortSignal.any(signals) }),
      ...given({ onStdout, lasting }),
    })
    return { output, ms: performance.now() - started }
  } catch (error) {
    if (signal?.aborted && error === signal.reason) throw interrupted(what, error)
    if (limit?.aborted && error === limit.reason) throw timedOut(what, timeoutMs ?? 0)
    throw error
  }
}

/** Returns the error for a non-zero exit code. It shows the arguments, which never contain a secret. */
export function commandFailed(argv: Argv, output: Output, ms: number): KadmError {
  const message = `${argv.join(' ')} exited ${output.code} after ${(ms / 1000).toFixed(1)}s`
  return new KadmError('COMMAND_FAILED', message, { output: output.stderr })
}

function interrupted(what: string, reason: unknown): KadmError {
  return isKadmError(reason) ? reason : new KadmError('INTERRUPTED', `${what} was stopped`, { cause: reason })
}

function timedOut(what: string, timeoutMs: number): KadmError {
  return new KadmError('COMMAND_TIMEOUT', `${what} timed out after ${formatDuration(timeoutMs)}`)
}
