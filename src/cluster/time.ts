const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d?):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))$/

/** Parses a time as Go does with layout RFC 3339; undefined if invalid. Fractions of a millisecond are truncated. */
export function parseTime(text: string): Date | undefined {
  const match = rfc3339.exec(text)
  if (match === null) return undefined
  const at = (index: number) => Number(match[index] ?? 0)
  const [year, month, day, hour, minute, second] = [at(1), at(2), at(3), at(4), at(5), at(6)]
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  // As in Go, offsets of 24 hours and of 60 minutes are valid.
  if (!exists || hour > 23 || minute > 59 || second > 59 || at(9) > 24 || at(10) > 60) return undefined
  const offset = (match[8] === '-' ? -1 : 1) * (at(9) * 60 + at(10))
  date.setUTCHours(hour, minute - offset, second, Number((match[7] ?? '').slice(0, 3).padEnd(3, '0')))
  return date
}

/** Formats a time as Kubernetes objects do: whole seconds, UTC. */
export function formatTime(time: Date): string {
  return `${time.toISOString().replace(/^\+0*/, '').slice(0, -5)}Z`
}
