const words = new Set(
  [
    ['', '~', 'y', 'Y', 'n', 'N'],
    ...['null', 'yes', 'true', 'on', 'no', 'false', 'off'].map(word => [word, capital(word), word.toUpperCase()]),
    ...['', '+', '-'].map(sign => [`${sign}.inf`, `${sign}.Inf`, `${sign}.INF`]),
    ['.nan', '.NaN', '.NAN'],
  ].flat(),
)

const float = /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/
const dotFloat = /^\.\d+([eE][-+]?\d+)?$/
const base60 = /^[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?$/
const integers: readonly (readonly [RegExp, string])[] = [
  [/^([-+]?)0[xX]([\da-fA-F]+)$/, '0x'],
  [/^([-+]?)0[bB]([01]+)$/, '0b'],
  [/^0b([-+]?)([01]+)$/, '0b'],
  [/^([-+]?)0[oO]?([0-7]+)$/, '0o'],
  [/^([-+]?)(0|[1-9]\d*)$/, ''],
]
const timestamp =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:[Tt](\d\d?):(\d\d?):(\d\d?)(?:[.,]\d+)?(?:Z|[-+](\d\d):(\d\d))| +(\d\d?):(\d\d?):(\d\d?)(?:[.,]\d+)?)?$/

/** True when a YAML 1.1 reader (go-yaml v2) takes the unquoted text for a string, so that it needs no quotes. */
export function isPlainString(text: string): boolean {
  if (words.has(text)) return false
  if (text.startsWith('.')) return !(dotFloat.test(text) && Number.isFinite(Number(text)))
  if (!/^[-+\d]/.test(text)) return true
  if (base60.test(text) || isTimestamp(text)) return false
  const digits = text.replaceAll('_', '')
  return !isInteger(digits) && !(float.test(digits) && Number.isFinite(Number(digits)))
}

/** Signed 64 bits, or unsigned ones when there is no sign: strconv.ParseInt and ParseUint with base 0. */
function isInteger(text: string): boolean {
  return integers.some(([pattern, prefix]) => {
    const [, sign, digits] = pattern.exec(text) ?? []
    if (digits === undefined) return false
    const value = BigInt(prefix + digits)
    if (sign === '-') return value <= 1n << 63n
    return value < 1n << (sign === '+' ? 63n : 64n)
  })
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

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1)
}
