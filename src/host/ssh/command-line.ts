import { KadmError } from '../../errors/kadm-error.ts'
import { quote } from '../quote.ts'
import { marked } from './mark.ts'

/**
 * Returns the command line that runs a script with /bin/sh, for any login shell: sh, bash, zsh, ksh, fish, csh and tcsh
 * parse it the same way. `words` precede it, such as sudo and its options.
 */
export function commandLine(script: string, words: readonly string[] = []): string {
  return `exec ${quote([...words, '/bin/sh', '-c'])} '${oneLine(marked(script))}'`
}

/** Characters that all login shells keep between single quotes, and /bin/sh between double quotes. */
const plain = /[^A-Za-z0-9 _@:,./=+^~#&|;<>()[\]{}*?-]/g

/**
 * Returns the script in one line without single quotes, backslashes before quotes, and exclamation marks: fish
 * interprets backslashes between single quotes, csh exclamation marks and line ends.
 */
function oneLine(script: string): string {
  if (script.includes('\0')) throw new KadmError('INTERNAL', 'a command holds a NUL byte')
  const bytes = Buffer.from(script, 'utf8').toString('latin1')
  const escaped = bytes.replace(plain, char => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`)
  return `eval "$(printf "${escaped}")"`
}
