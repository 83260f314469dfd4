import { type ErrorCode, errorCodes, exitCodes } from './codes.ts'

/** One of several errors, such as a wrong field of a configuration or a failed check. */
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
  /** The name that --ignore-preflight-errors ignores it by; absent if it cannot be ignored. */
  readonly ignoreAs?: string
}

/** The step that failed: ID of the phase, name of the node. */
export interface Where {
  readonly phase: string
  readonly node: string
}

/** Why a host cannot connect to a port or socket; `unexplained` when an SSH server gives no reason. */
export type NoConnection = 'refused' | 'no-route' | 'no-network' | 'no-name' | 'timed-out' | 'unexplained'

/**
 * Why a server refuses or does not serve, for decisions in code. Code never reads a reason from a message: messages are
 * for people.
 */
export type Reason =
  | 'peer-exists'
  | 'not-a-learner'
  | 'no-member'
  | 'too-many-learners'
  | 'no-quorum'
  | 'cannot-serve'
  | 'unimplemented'
  | NoConnection

/** A detail that is undefined is left out. */
export interface ErrorDetails {
  /** The next step: one sentence, or a command. */
  readonly hint?: string | undefined
  readonly problems?: readonly Problem[] | undefined
  /** Evidence: the stderr of a command, or log lines of a container. Never a secret. */
  readonly output?: string | undefined
  /** HTTP status of an API response. */
  readonly status?: number | undefined
  /** The step in which it happened; set by the pipeline. */
  readonly where?: Where | undefined
  readonly cause?: unknown
  /** True if waiting cannot fix it, whatever its code: `until` ends with it. */
  readonly final?: boolean | undefined
  readonly reason?: Reason | undefined
  /** The reason alone, for a message that names what failed itself. */
  readonly why?: string | undefined
}

export type Replaced = ErrorDetails & { readonly code?: ErrorCode; readonly message?: string }

/** The only error class: a stable code, what failed, and the next step. Any other thrown value is a bug. */
export class KadmError extends Error {
  readonly code: ErrorCode
  readonly hint?: string
  readonly problems: readonly Problem[]
  readonly output?: string
  readonly status?: number
  readonly where?: Where
  readonly final: boolean
  readonly reason?: Reason
  readonly why?: string

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    const { cause, problems = [], final = false, ...more } = details
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'KadmError'
    this.code = code
    this.problems = problems
    this.final = final
    Object.assign(this, more)
  }

  /** Returns a copy of the error with some parts replaced. The original error is the cause unless another is given. */
  with({ code = this.code, message = this.message, ...details }: Replaced): KadmError {
    const { hint, problems, output, status, where, final, reason, why } = this
    const kept = { problems, final, hint, output, status, where, reason, why, cause: this }
    const replaced = Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined))
    return new KadmError(code, message, { ...kept, ...replaced })
  }

  get exitCode(): number {
    return exitCodes[errorCodes[this.code].kind]
  }
}

/** True for a KadmError, with the given code if one is given. */
export function isKadmError(error: unknown, code?: ErrorCode): error is KadmError {
  return error instanceof KadmError && (code === undefined || error.code === code)
}

/**
 * True if the connection to a host failed, so that nothing is known about the host. HOST_CONNECT is not such a failure:
 * the host answered that the port or socket refuses.
 */
export function isTransportFailure(error: unknown): error is KadmError {
  return isKadmError(error) && errorCodes[error.code].kind === 'host' && error.code !== 'HOST_CONNECT'
}

/** True if the run or its host has ended, so that no other endpoint can be tried. */
export function endsRun(error: unknown): boolean {
  return isTransportFailure(error) || isKadmError(error, 'INTERRUPTED') || isKadmError(error, 'INTERNAL')
}

/**
 * True for a failure that answers the question. Code that interprets a failure as a fact ("it is absent", "it does not
 * run") accepts only these and rethrows all others.
 */
export function isAnswer(error: unknown): error is KadmError {
  return isKadmError(error) && !endsRun(error)
}

/** For `catch`: undefined for an answer; throws every other error. */
export function orUndefined(error: unknown): undefined {
  if (!isAnswer(error)) throw error
}

/** True for a temporary error of a server, or one caused by load. */
export function isPassingStatus({ status = 0 }: Pick<KadmError, 'status'>): boolean {
  return status >= 500 || status === 429
}
