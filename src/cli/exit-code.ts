import { exitCodes } from '../errors/codes.ts'
import { KadmError } from '../errors/kadm-error.ts'

/**
 * Makes what a command gives the exit code of the process. Node ends with 0 when nothing is left to wait for: until the
 * command has given its answer that is a bug, and is reported as one.
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
