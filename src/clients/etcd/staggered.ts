/**
 * The first answer of several tries. The next try begins when the one before it failed or has kept silent for
 * `headStartMs`, so that one who is gone costs no more than that; it goes on meanwhile, and may still be first. Throws what
 * `mayPass` does not let pass at once, else what `failed` makes of all errors, in the order of the tries.
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
