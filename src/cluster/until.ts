import type { Timeouts } from './spec.ts'

export interface UntilOptions<T> {
  readonly timeoutMs: number
  readonly intervalMs?: number
  /** What a dry run takes as the answer when the single probe gives none. */
  readonly assume: T
  /** The field of the configuration that gives more time. */
  readonly field?: keyof Timeouts
  /** What is known of the things awaited when the time is up, a line each. */
  readonly states?: () => Promise<readonly string[]>
}

/** What looks at a host while something there does not come up. */
export interface Watch {
  /** The same probe, which throws the cause once that is certain. */
  readonly over: <T>(probe: () => Promise<T | undefined>) => () => Promise<T | undefined>
  readonly states: () => Promise<readonly string[]>
}

/**
 * Repeats a probe until it gives a value; throws TIMEOUT naming `what`. Errors of the probe that may pass count as
 * "not yet".
 */
export type Until = <T>(what: string, probe: () => Promise<T | undefined>, opts: UntilOptions<T>) => Promise<T>
