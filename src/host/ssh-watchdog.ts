/** A time limit that is set, pushed on and taken away while something goes its way. */
export interface Watchdog {
  /** From now on so long; what was allowed before is forgotten. */
  allow(ms: number): void
  /** No limit while a task runs that waits for a person; then as much as was allowed before. */
  during<T>(task: () => Promise<T>): Promise<T>
  stop(): void
}

export function watchdog(expired: () => void): Watchdog {
  let timer: NodeJS.Timeout | undefined
  let allowed = 0
  let waiting = 0
  let stopped = false
  const start = () => {
    clearTimeout(timer)
    if (!stopped && waiting === 0) timer = setTimeout(expired, allowed)
  }
  return {
    allow(ms) {
      allowed = ms
      start()
    },
    async during(task) {
      waiting++
      clearTimeout(timer)
      try {
        return await task()
      } finally {
        waiting--
        start()
      }
    },
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
