import { exitCodes } from '../errors/codes.ts'
import { KadmError } from '../errors/kadm-error.ts'

/**
 * Sets the exit code of the process from the result of a command. Node.js exits with 0 when no work is left: before the
 * command has finished that is a bug, and is reported as one.
 */
export async function endWith(command: Promise<number>): Promise<void> {
  process.exitCode = exitCodes.bug
  const lost = () => void reportLost()
  process.once('beforeExit', lost)
  process.exitCode = await command
  process.off('beforeExit', lost)
}

async function reportLost(): Promise<void> {
  const { reportError } = await import('./report-error.ts')
  const hint = 'check the hosts before you run it again, and report this as a bug'
  reportError(
    new KadmError('INTERNAL', 'internal error: the process ran out of work before the command finished', { hint }),
    {},
  )
}
