/** A time limit that can be set, extended and suspended. */
export interface Watchdog {
  /** Sets a new limit from now on. */
  allow(ms: number): void
  /**
   * Suspends the limit while a task runs that may wait for the operator. If it did, the limit starts again in full; if
   * the task took only a moment, the remaining time applies.
   */
  during<T>(task: () => Promise<T>): Promise<T>
  stop(): void
}

/** An operator does not answer as quickly. */
const momentMs = 500

export function watchdog(expired: () => void): Watchdog {
  let timer: NodeJS.Timeout | undefined
  let allowed = 0
  let until = 0
  let waiting = 0
  let stoodFrom = 0
  let stopped = false
  const start = () => {
    clearTimeout(timer)
    if (!stopped && waiting === 0) timer = setTimeout(expired, until - performance.now())
  }
  return {
    allow(ms) {
      allowed = ms
      until = performance.now() + ms
      start()
    },
    async during(task) {
      if (waiting++ === 0) stoodFrom = performance.now()
      clearTimeout(timer)
      try {
        return await task()
      } finally {
        waiting--
        if (waiting === 0 && performance.now() - stoodFrom > momentMs) until = performance.now() + allowed
        start()
      }
    },
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
