/** Durations are milliseconds in memory and Go duration strings (`1h30m0s`) in files. */
const unitMs: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1e3, m: 6e4, h: 36e5 }

/** Parses a Go duration (`time.ParseDuration`) into milliseconds; undefined when it is not one. */
export function parseDuration(text: string): number | undefined {
  const match = /^([+-]?)((?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/.exec(text)
  if (text === '0' || text === '+0' || text === '-0') return 0
  if (match === null) return undefined
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)/g)) {
    total += Number(amount) * (unitMs[unit ?? ''] ?? 0)
  }
  return match[1] === '-' ? -total : total
}

/** Writes milliseconds as Go does (`time.Duration.String`): `4m0s`, `8760h0m0s`, `500ms`, `0s`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s'
  const sign = ms < 0 ? '-' : ''
  const nanos = Math.round(Math.abs(ms) * 1e6)
  if (nanos < 1e3) return `${sign}${nanos}ns`
  if (nanos < 1e6) return `${sign}${trim(nanos / 1e3)}µs`
  if (nanos < 1e9) return `${sign}${trim(nanos / 1e6)}ms`
  const seconds = nanos / 1e9
  const h = Math.floor(seconds / 3600)
  const m = Math.floor((seconds % 3600) / 60)
  const s = trim(seconds - h * 3600 - m * 60)
  if (h > 0) return `${sign}${h}h${m}m${s}s`
  return m > 0 ? `${sign}${m}m${s}s` : `${sign}${s}s`
}

function trim(value: number): string {
  return String(Number(value.toFixed(9)))
}
