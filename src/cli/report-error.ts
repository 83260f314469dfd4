import { errorReport, exitCodeOf } from '../ui/error-report.ts'
import { presentError } from '../ui/present-error.ts'
import { presentResult } from '../ui/present-result.ts'
import { kadmVersion } from './version.ts'

/** Shows an error on stderr, and with `--output json` or `yaml` its fields on stdout; gives the exit code. */
export function reportError(error: unknown, options: { readonly v?: number; readonly output?: string }): number {
  const code = showError(error, options)
  if (options.output === 'json' || options.output === 'yaml') {
    process.stdout.write(presentResult({ error: errorReport(error) }, options.output, () => ''))
  }
  return code
}

/** Shows an error on stderr alone, for a command that gives an answer besides; gives the exit code. */
export function showError(error: unknown, { v = 0 }: { readonly v?: number }): number {
  const color = process.stderr.isTTY === true && process.env.NO_COLOR === undefined
  process.stderr.write(presentError(error, { verbose: v >= 5, color, version: kadmVersion }))
  return exitCodeOf(error)
}
