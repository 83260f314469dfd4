import type { Timeouts } from './spec.ts'

export interface UntilOptions<T> {
  readonly timeoutMs: number
  readonly intervalMs?: number
  /** The answer that a dry run assumes if the single probe returns none. */
  readonly assume: T
  /** The configuration field that sets this timeout. */
  readonly field?: keyof Timeouts
  /** Returns the state of what is awaited at the timeout, one line each. */
  readonly states?: () => Promise<readonly string[]>
}

/** Observes a host while a component there does not start. */
export interface Watch {
  /** Returns a probe that also throws the cause as soon as it is certain. */
  readonly over: <T>(probe: () => Promise<T | undefined>) => () => Promise<T | undefined>
  readonly states: () => Promise<readonly string[]>
}

/**
 * Repeats a probe until it returns a value. Throws TIMEOUT, which names `what`. A temporary error of the probe counts
 * as no value.
 */
export type Until = <T>(what: string, probe: () => Promise<T | undefined>, opts: UntilOptions<T>) => Promise<T>
