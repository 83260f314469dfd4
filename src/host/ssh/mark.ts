const mark = '\u0001kadm\u0001'

/** How many bytes before the mark are kept, for messages. */
const keptBytes = 65_536

/** Returns a script that first prints the mark, after which the output of `afterMark` begins. */
export function marked(script: string): string {
  return `printf '\\001kadm\\001'\n${script}`
}

/** Receives the stdout of a session. */
export interface MarkedBytes {
  take(bytes: Uint8Array): void | Promise<void>
  /** True if the mark was printed: the script ran. */
  ran(): boolean
  /** The output before the mark, truncated to its end. */
  before(): string
}

/**
 * Passes on the output of a marked script. Output before the mark does not belong to it: a login shell runs its start
 * files, and a ForceCommand may print too. Without a mark the script did not run.
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
