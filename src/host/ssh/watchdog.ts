/** A time limit that is set, pushed on and taken away while something goes its way. */
export interface Watchdog {
  /** From now on so long; what was allowed before is forgotten. */
  allow(ms: number): void
  /**
   * No limit while a task runs that may wait for a person. When it did, then as much as was allowed before; when it was
   * done in a moment, what was left.
   */
  during<T>(task: () => Promise<T>): Promise<T>
  stop(): void
}

/** No person answers as quickly. */
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
