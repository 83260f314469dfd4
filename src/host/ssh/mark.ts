const mark = '\u0001kadm\u0001'

/** How much of what came before the mark is kept, for messages. */
const keptBytes = 65_536

/** The script, which first prints the mark after which `afterMark` begins. */
export function marked(script: string): string {
  return `printf '\\001kadm\\001'\n${script}`
}

/** Takes the stdout of a session. */
export interface MarkedBytes {
  take(bytes: Uint8Array): void | Promise<void>
  /** True when the mark came: the script ran. */
  ran(): boolean
  /** What came before the mark, its end when it is long. */
  before(): string
}

/**
 * Hands on what a marked script prints. What came before is none of it: a login shell runs its start files, a
 * ForceCommand its own, and either may print. Without a mark the script never ran.
 */
export function afterMark(take: (bytes: Uint8Array) => void | Promise<void>): MarkedBytes {
  let before = Buffer.alloc(0)
  let ran = false
  return {
    ran: () => ran,
    before: () => before.toString('utf8'),
    take(bytes) {
      if (ran) return take(bytes)
      const all = Buffer.concat([before, bytes])
      const at = all.indexOf(mark)
      ran = at !== -1
      if (!ran) {
        before = all.subarray(-keptBytes)
        return undefined
      }
      before = all.subarray(0, at)
      const rest = all.subarray(at + mark.length)
      return rest.length > 0 ? take(rest) : undefined
    },
  }
}
