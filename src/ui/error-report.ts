import { given } from '../cluster/given.ts'
import { type ErrorCode, type ErrorKind, errorCodes, exitCodes } from '../errors/codes.ts'
import { isKadmError, type KadmError, type Problem, type Where } from '../errors/kadm-error.ts'
import { maskUrls } from '../errors/mask-url.ts'
import { type Named, shownText, withRemedy } from '../errors/operator-commands.ts'

/** The public fields of an error; the fields of `--output json`. */
export interface ErrorReport {
  readonly code: ErrorCode
  readonly kind: ErrorKind
  readonly exitCode: number
  readonly message: string
  readonly where?: Where
  readonly problems?: readonly Problem[]
  /** The complete evidence: stderr of a command, log lines of a container. */
  readonly output?: string
  /** HTTP status of an API response. */
  readonly status?: number
  readonly hint?: string
  /** The errors of each node if several failed; code and exit code are then those of the most severe one. */
  readonly errors?: readonly ErrorReport[]
}

/** Of several errors, the first kind in this list decides the exit code. */
const gravestFirst: readonly ErrorKind[] = ['bug', 'interrupted', 'host', 'step', 'preflight', 'usage']

/** Describes any thrown value; one that is not a KadmError is INTERNAL. */
export function errorReport(error: unknown, named: Named = {}): ErrorReport {
  const parts = errorParts(error)
  const [only] = parts
  if (parts.length === 1 && only !== undefined) return singleReport(only, named)
  const errors = parts.map(part => singleReport(part, named))
  const code = gravestOf(errors)
  return {
    ...classOf(code),
    message: `${errors.length} steps failed`,
    errors,
  }
}

/** Returns the exit code of the process for any thrown value; of several errors that of the most severe one. */
export function exitCodeOf(error: unknown): number {
  return errorReport(error).exitCode
}

/** Returns the single errors inside an AggregateError, at any depth; the error itself if it is not one. */
export function errorParts(error: unknown): unknown[] {
  if (!(error instanceof AggregateError)) return [error]
  const parts = error.errors.flatMap(errorParts)
  return parts.length === 0 ? [error] : parts
}

/** Returns an error and its causes, outermost first. */
export function causeChain(error: unknown): unknown[] {
  const chain: unknown[] = []
  for (let at = error; at !== undefined && at !== null && !chain.includes(at); ) {
    chain.push(at)
    at = at instanceof Error ? at.cause : undefined
  }
  return chain
}

function singleReport(error: unknown, named: Named): ErrorReport {
  if (!isKadmError(error)) return { ...classOf('INTERNAL'), message: maskUrls(bugMessage(error)) }
  // The pipeline wraps an error to add its step. Details that the wrapper does not repeat come from the cause.
  const chain = causeChain(error).filter(link => isKadmError(link))
  const same = chain.filter(link => link.code === error.code)
  const where = firstOf(chain, link => link.where)
  const problems = firstOf(same, link => (link.problems.length > 0 ? link.problems : undefined))
  const output = firstOf(same, link => link.output)
  const status = firstOf(same, link => link.status)
  const hint = firstOf(same, link => link.hint)
  return {
    ...classOf(error.code),
    message: maskUrls(error.message),
    ...given({
      where,
      problems: problems?.map(({ ignoreAs: _, ...problem }) => withRemedy(problem, named)),
      output: output && maskUrls(output),
      status,
      hint: hint && shownText(hint, named),
    }),
  }
}

function firstOf<T>(chain: readonly KadmError[], read: (link: KadmError) => T | undefined): T | undefined {
  return chain.map(read).find(value => value !== undefined)
}

function classOf(code: ErrorCode): { code: ErrorCode; kind: ErrorKind; exitCode: number } {
  const { kind } = errorCodes[code]
  return { code, kind, exitCode: exitCodes[kind] }
}

function gravestOf(errors: readonly ErrorReport[]): ErrorCode {
  const ranks = errors.map(({ kind }) => gravestFirst.indexOf(kind))
  return errors[ranks.indexOf(Math.min(...ranks))]?.code ?? 'INTERNAL'
}

function bugMessage(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
