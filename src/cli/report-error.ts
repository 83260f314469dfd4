import { errorReport, exitCodeOf } from '../ui/error-report.ts'
import { presentError } from '../ui/present-error.ts'
import { kadmVersion } from './version.ts'

/** Shows an error on stderr, and with `--output json` its fields on stdout; gives the exit code. */
export function reportError(error: unknown, argv: readonly string[]): number {
  const level = Number(/(?:^|\s)-{1,2}v[= ]?(\d+)/.exec(argv.join(' '))?.[1] ?? 0)
  const color = process.stderr.isTTY === true && process.env.NO_COLOR === undefined
  process.stderr.write(presentError(error, { verbose: level >= 5, color, version: kadmVersion }))
  if (/(?:--output|-o)[= ]json/.test(argv.join(' '))) {
    process.stdout.write(`${JSON.stringify({ error: errorReport(error) }, null, 2)}\n`)
  }
  return exitCodeOf(error)
}
