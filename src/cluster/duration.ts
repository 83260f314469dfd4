/** Durations are milliseconds in memory and Go duration strings (`1h30m0s`) in files. */
const unitNanos: Readonly<Record<string, bigint>> = {
  ...{ ns: 1n, us: 1000n, µs: 1000n, μs: 1000n, ms: 1_000_000n },
  ...{ s: 1_000_000_000n, m: 60_000_000_000n, h: 3_600_000_000_000n },
}
const most = 1n << 63n

/** Parses a Go duration (`time.ParseDuration`) into milliseconds; undefined if it is not valid. */
export function parseDuration(text: string): number | undefined {
  const nanos = parseNanos(text)
  return nanos === undefined ? undefined : Number(nanos / 1_000_000n) + Number(nanos % 1_000_000n) / 1e6
}

/** Parses a Go duration into nanoseconds. The limit is 64 bits, or 292 years. */
export function parseNanos(text: string): bigint | undefined {
  const sign = /^[+-]/.exec(text)?.[0]
  const rest = sign === undefined ? text : text.slice(1)
  if (rest === '0') return 0n
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(rest)) return undefined
  let total = 0n
  for (const [, whole = '', fraction = '', unit = ''] of rest.matchAll(/(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/g)) {
    const nanos = unitNanos[unit] ?? 0n
    const digits = fraction.slice(0, 18)
    // Fractions of a nanosecond are truncated.
    total += BigInt(whole || '0') * nanos + (BigInt(digits || '0') * nanos) / 10n ** BigInt(digits.length)
    if (total > most) return undefined
  }
  if (sign === '-') return -total
  return total < most ? total : undefined
}

/** Formats milliseconds as Go does (`time.Duration.String`): `4m0s`, `8760h0m0s`, `500ms`, `0s`. */
export function formatDuration(ms: number): string {
  const whole = Math.trunc(ms)
  return formatNanos(BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1e6)))
}

export function formatNanos(nanos: bigint): string {
  if (nanos === 0n) return '0s'
  const sign = nanos < 0n ? '-' : ''
  const size = nanos < 0n ? -nanos : nanos
  if (size < 1000n) return `${sign}${size}ns`
  if (size < 1_000_000n) return `${sign}${decimal(size, 3)}µs`
  if (size < 1_000_000_000n) return `${sign}${decimal(size, 6)}ms`
  const minutes = size / 60_000_000_000n
  const seconds = `${decimal(size % 60_000_000_000n, 9)}s`
  if (minutes === 0n) return `${sign}${seconds}`
  const h = minutes / 60n
  return h > 0n ? `${sign}${h}h${minutes % 60n}m${seconds}` : `${sign}${minutes}m${seconds}`
}

/** Formats the number with the given number of decimals, without trailing zeros. */
function decimal(value: bigint, digits: number): string {
  const text = value.toString().padStart(digits + 1, '0')
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`.replace(/\.?0+$/, '')
}
