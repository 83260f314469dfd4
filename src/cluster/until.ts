export interface UntilOptions<T> {
  readonly timeoutMs: number
  readonly intervalMs?: number
  /** What a dry run takes as the answer when the single probe gives none. */
  readonly assume: T
}

/**
 * Repeats a probe until it gives a value; throws TIMEOUT naming `what`. Errors of the probe that may pass count as
 * "not yet".
 */
export type Until = <T>(what: string, probe: () => Promise<T | undefined>, opts: UntilOptions<T>) => Promise<T>
