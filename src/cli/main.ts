import { takePasswords } from '../compose/passwords.ts'
import { endWith } from './exit-code.ts'
import { makeProgram } from './program.ts'

takePasswords()

/**
 * A reader that closes its pipe early (`kadm … | head`, Ctrl-C in `kadm … 2>&1 | tee`) is not an error and stops no run
 * in the middle of a step.
 */
const gone = new Set<unknown>(['EPIPE', 'EIO'])
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', error => {
    if (!gone.has((error as NodeJS.ErrnoException).code)) throw error
  })
}

void endWith(makeProgram().run(process.argv.slice(2)))
