/** Runs at most `max` tasks at a time; the others wait in order. */
export function createLimit(max: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let active = 0
  const next = () => {
    while (active < max && waiting.length > 0) {
      active++
      waiting.shift()?.()
    }
  }
  return async task => {
    await new Promise<void>(resolve => {
      waiting.push(resolve)
      next()
    })
    try {
      return await task()
    } finally {
      active--
      next()
    }
  }
}
