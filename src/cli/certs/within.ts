import { parseDuration } from '../../cluster/duration.ts'
import { KadmError } from '../../errors/kadm-error.ts'

const dayMs = 24 * 3_600_000

/** Parses a time until an expiration into milliseconds: days, Go's units, or both, such as `1d12h`. Throws USAGE. */
export function parseWithin(flag: string, text: string): number {
  const [, days = '0', rest = ''] = /^(?:(\d{1,5})d)?(.*)$/.exec(text) ?? []
  const more = rest === '' && text !== '' ? 0 : parseDuration(rest)
  if (more !== undefined && more >= 0) return Number(days) * dayMs + more
  throw new KadmError('USAGE', `${flag} ${text} is not a duration`, { hint: 'write it as 30d, 12h or 1d12h' })
}
