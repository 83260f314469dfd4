import { kadmVersion } from '../cluster/kadm-version.ts'
import type { Named } from '../errors/operator-commands.ts'
import { errorReport, exitCodeOf } from '../ui/error-report.ts'
import { presentError } from '../ui/present-error.ts'
import { presentResult } from '../ui/present-result.ts'
import { hasColor } from '../ui/terminal.ts'

/** The options of a command that decide how its error is shown. */
export interface ErrorOptions {
  readonly v?: number
  readonly output?: string
  readonly host?: readonly string[]
  readonly from?: string
  /** The host of --host is a control plane of the cluster. */
  readonly onControlPlane?: boolean
}

/** Prints an error to stderr, and its fields to stdout with `--output json` or `yaml`. Returns the exit code. */
export function reportError(error: unknown, options: ErrorOptions): number {
  const code = showError(error, options)
  if (options.output === 'json' || options.output === 'yaml') {
    process.stdout.write(presentResult({ error: reportOf(error, options) }, options.output, () => ''))
  }
  return code
}

/** Prints an error to stderr only, for a command that also prints a result. Returns the exit code. */
export function showError(error: unknown, options: ErrorOptions): number {
  const color = hasColor(process.stderr, process.env)
  const verbose = (options.v ?? 0) >= 5
  process.stderr.write(presentError(error, { verbose, color, version: kadmVersion, named: namedBy(options) }))
  return exitCodeOf(error)
}

/** Returns the fields of an error for machine-readable output. */
export function reportOf(error: unknown, options: ErrorOptions): ReturnType<typeof errorReport> {
  return errorReport(error, namedBy(options))
}

/** Returns the host that an error refers to. It is known only if the operator named a single host. */
function namedBy({ host = [], from, onControlPlane }: ErrorOptions): Named {
  const [only, ...more] = from === undefined ? host : []
  const machine = more.length === 0 ? only : undefined
  return { machine, controlPlane: from ?? (onControlPlane === true ? machine : undefined) }
}
