/**
 * Hedged requests: starts the next attempt after the previous one failed or did not answer for `headStartMs`, and
 * returns the first answer. Earlier attempts continue. Throws an error that `mayPass` does not accept at once, else
 * what `failed` returns for all errors, in the order of the attempts.
 */
export function staggered<T>(
  tries: readonly (() => Promise<T>)[],
  how: {
    readonly headStartMs: number
    readonly mayPass: (error: unknown) => boolean
    readonly failed: (errors: readonly unknown[]) => unknown
  },
): Promise<T> {
  const errors = new Map<number, unknown>()
  let begun = 0
  let timer: NodeJS.Timeout | undefined
  let over = false
  return new Promise<T>((resolve, reject) => {
    const lose = (at: number, error: unknown) => {
      if (!how.mayPass(error)) return reject(error)
      errors.set(at, error)
      if (errors.size === tries.length) reject(how.failed(tries.map((_, i) => errors.get(i))))
      else if (at === begun - 1) begin()
    }
    const begin = () => {
      clearTimeout(timer)
      const at = begun++
      const attempt = tries[at]
      if (attempt === undefined || over) return
      timer = setTimeout(begin, how.headStartMs)
      attempt().then(resolve, error => lose(at, error))
    }
    if (tries.length === 0) reject(how.failed([]))
    else begin()
  }).finally(() => {
    over = true
    clearTimeout(timer)
  })
}
