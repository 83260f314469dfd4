import type { Json } from '../cluster/json.ts'

/**
 * The value of a scalar in go-yaml v2, the parser of kubeadm and the kubelet: YAML 1.1 with Go's number formats.
 * Integers beyond 53 bits are bigints; times stay strings.
 */
export type ScalarValue = string | number | bigint | boolean | null

const words = new Map<string, ScalarValue>([
  ...both(true, ['y', 'yes', 'true', 'on']),
  ...both(false, ['n', 'no', 'false', 'off']),
  ...both(null, ['null']),
  ...['', '~'].map(word => [word, null] as const),
  ...['.nan', '.NaN', '.NAN'].map(word => [word, Number.NaN] as const),
  ...['', '+', '-'].flatMap(sign =>
    ['.inf', '.Inf', '.INF'].map(word => [sign + word, sign === '-' ? -Infinity : Infinity] as const),
  ),
])

const float = /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/
const dotFloat = /^\.\d[\d_]*([eE][-+]?\d[\d_]*)?$/
const integers: readonly (readonly [RegExp, string])[] = [
  [/^([-+]?)0[xX]([\da-fA-F]+)$/, '0x'],
  [/^([-+]?)0[bB]([01]+)$/, '0b'],
  [/^0b([-+]?)([01]+)$/, '0b'],
  [/^([-+]?)0[oO]?([0-7]+)$/, '0o'],
  [/^([-+]?)(0|[1-9]\d*)$/, ''],
]

/** Returns the value of a plain scalar (without quotes). */
export function resolvePlain(text: string): ScalarValue {
  const word = words.get(text)
  if (word !== undefined) return word
  if (text.startsWith('.')) {
    const value = dotFloat.test(text) && !/_(?!\d)/.test(text) ? Number(text.replaceAll('_', '')) : Number.NaN
    return Number.isFinite(value) ? value : text
  }
  // A date contains dashes, which no number does: it stays a string.
  if (!/^[-+\d]/.test(text)) return text
  const digits = text.replaceAll('_', '')
  const whole = wholeNumber(digits)
  if (whole !== undefined) return whole
  const value = float.test(digits) ? Number(digits) : Number.NaN
  return Number.isFinite(value) ? value : text
}

/** Signed 64 bits, or unsigned without a sign: strconv.ParseInt and ParseUint with base 0. */
function wholeNumber(text: string): number | bigint | undefined {
  for (const [pattern, prefix] of integers) {
    const [, sign, digits] = pattern.exec(text) ?? []
    if (digits === undefined) continue
    const size = BigInt(prefix + digits)
    const most = sign === '-' ? 1n << 63n : (1n << (sign === '+' ? 63n : 64n)) - 1n
    return size <= most ? fromBigInt(sign === '-' ? -size : size) : undefined
  }
  return undefined
}

/** Returns a number if it is exact, else the bigint. */
export function fromBigInt(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

const base60 = /^[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?$/
const timestamp =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:[Tt](\d\d?):(\d\d?):(\d\d?)(?:[.,]\d+)?(?:Z|[-+](\d\d):(\d\d))| +(\d\d?):(\d\d?):(\d\d?)(?:[.,]\d+)?)?$/

/** True if every YAML 1.1 parser reads the unquoted text as a string, so that it needs no quotes. */
export function isPlainText(text: string): boolean {
  return typeof resolvePlain(text) === 'string' && !base60.test(text) && !isTimestamp(text)
}

function isTimestamp(text: string): boolean {
  const match = timestamp.exec(text)
  if (match === null) return false
  const at = (index: number): number => Number(match[index] ?? 0)
  const days = new Date(Date.UTC(2000 + (at(1) % 400), at(2), 0)).getUTCDate()
  const dated = at(2) >= 1 && at(2) <= 12 && at(3) >= 1 && at(3) <= days
  const timed = Math.max(at(4), at(9)) < 24 && Math.max(at(5), at(6), at(10), at(11)) < 60
  return dated && timed && at(7) <= 24 && at(8) <= 60
}

function both(value: Exclude<Json, object>, names: readonly string[]): (readonly [string, ScalarValue])[] {
  return names
    .flatMap(name => [name, name.slice(0, 1).toUpperCase() + name.slice(1), name.toUpperCase()])
    .map(name => [name, value])
}
