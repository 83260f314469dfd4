import { endWith } from './exit-code.ts'
import { takePasswords } from './passwords.ts'
import { makeProgram } from './program.ts'

takePasswords()

/** A reader that stops early (`kadm … | head`) is no fault. */
process.stdout.on('error', error => {
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(0)
  throw error
})

void endWith(makeProgram().run(process.argv.slice(2)))
