import { type ErrorCode, errorCodes, exitCodes } from './codes.ts'

/** One fault among several, such as a wrong field of a configuration or a failed check. */
export interface Problem {
  readonly message: string
  /** Path of a config field (`networking.podSubnet`), name of a flag (`--token`), or name of a check (`Swap`). */
  readonly field?: string
  readonly file?: string
  /** One-based line in `file`. */
  readonly line?: number
  readonly remedy?: string
  readonly level?: 'error' | 'warning'
  /** The node that a check ran on. */
  readonly node?: string
  /** The name with which --ignore-preflight-errors ignores it; absent when nothing can. */
  readonly ignoreAs?: string
}

/** The step that failed: id of the phase, name of the node. */
export interface Where {
  readonly phase: string
  readonly node: string
}

/**
 * Why a server refuses or does not serve, where code decides by it. Code never reads a reason out of a message: messages
 * are for people.
 */
export type Reason =
  | 'peer-exists'
  | 'not-a-learner'
  | 'no-member'
  | 'too-many-learners'
  | 'no-quorum'
  | 'cannot-serve'
  | 'unimplemented'

export interface ErrorDetails {
  /** What to do next: one sentence, or a command. */
  readonly hint?: string
  readonly problems?: readonly Problem[]
  /** What was seen: whole stderr of a command, log lines of a container. Never a secret. */
  readonly output?: string
  /** HTTP status of an API answer. */
  readonly status?: number
  /** The step in which it happened; set by the pipeline. */
  readonly where?: Where
  readonly cause?: unknown
  /** No more patience fixes it, whatever its code: `until` ends with it. */
  readonly final?: boolean
  readonly reason?: Reason
}

export type Replaced = ErrorDetails & { readonly code?: ErrorCode; readonly message?: string }

/** The one error class: a stable code, what failed, and what to do next. Anything else that is thrown is a bug. */
export class KadmError extends Error {
  readonly code: ErrorCode
  readonly hint?: string
  readonly problems: readonly Problem[]
  readonly output?: string
  readonly status?: number
  readonly where?: Where
  readonly final: boolean
  readonly reason?: Reason

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'KadmError'
    this.code = code
    this.problems = details.problems ?? []
    this.final = details.final ?? false
    if (details.hint !== undefined) this.hint = details.hint
    if (details.output !== undefined) this.output = details.output
    if (details.status !== undefined) this.status = details.status
    if (details.where !== undefined) this.where = details.where
    if (details.reason !== undefined) this.reason = details.reason
  }

  /** The same error with some of its parts replaced; this one is the cause unless another is given. */
  with({ code = this.code, message = this.message, ...details }: Replaced): KadmError {
    const { hint, problems, output, status, where, final, reason } = this
    const kept = { problems, final, hint, output, status, where, reason }
    const given = Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined))
    return new KadmError(code, message, { ...given, cause: this, ...details })
  }

  get exitCode(): number {
    return exitCodes[errorCodes[this.code].kind]
  }
}

/** True for a KadmError, of the given code when one is given. */
export function isKadmError(error: unknown, code?: ErrorCode): error is KadmError {
  return error instanceof KadmError && (code === undefined || error.code === code)
}

/**
 * True when the way to a host failed, so that nothing is known of the host itself. HOST_CONNECT is no such
 * failure: the host has answered that the port or socket refuses.
 */
export function isTransportFailure(error: unknown): error is KadmError {
  return isKadmError(error) && errorCodes[error.code].kind === 'host' && error.code !== 'HOST_CONNECT'
}

/** True when the run or its host is over: then no other endpoint can be asked instead. */
export function endsRun(error: unknown): boolean {
  return isTransportFailure(error) || isKadmError(error, 'INTERRUPTED') || isKadmError(error, 'INTERNAL')
}

/**
 * True for a failure that says something about what was asked. Code that takes a failure for a fact ("it is absent", "it
 * does not run") takes only these, and lets all others through.
 */
export function isAnswer(error: unknown): error is KadmError {
  return isKadmError(error) && !endsRun(error)
}

/** True for a fault that a server has for a moment, or that comes of its load. */
export function isPassingStatus({ status = 0 }: Pick<KadmError, 'status'>): boolean {
  return status >= 500 || status === 429
}
