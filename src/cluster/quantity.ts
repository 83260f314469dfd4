const binary = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
const decimal: Readonly<Record<string, number>> = {
  ...{ n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 },
}
const nano = 10n ** 9n

/**
 * Formats a quantity in canonical form (resource.Quantity): `1024Mi` becomes `1Gi`, `0.5` becomes `500m`; undefined if
 * it is not valid.
 */
export function formatQuantity(text: string): string | undefined {
  const match = /^([+-]?)(\d+\.?\d*|\.\d+)(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d+)?$/.exec(text)
  if (match === null) return undefined
  const [, sign = '', digits = '', suffix = ''] = match
  const power = binary.indexOf(suffix)
  const isBinary = suffix !== '' && power > 0
  const exponent = /^[eE][+-]?\d/.test(suffix) ? Number(suffix.slice(1)) : (decimal[suffix] ?? 0)
  const amount = isBinary ? scaled(digits, 0) * 1024n ** BigInt(power) : scaled(digits, exponent)
  const minus = sign === '-' && amount !== 0n ? '-' : ''
  if (isBinary && amount >= 1024n * nano) return `${minus}${shorten((amount + nano - 1n) / nano, 1024n, binary)}`
  if (/^[eE]/.test(suffix) && suffix.length > 1) return `${minus}${withExponent(amount)}`
  return `${minus}${shorten(amount, 1000n, ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'])}`
}

/** Returns the number times 10^exponent in billionths, rounded up as Go does. */
function scaled(digits: string, exponent: number): bigint {
  const [whole = '', fraction = ''] = digits.split('.')
  const value = BigInt(`${whole}${fraction}` || '0')
  const shift = 9 + exponent - fraction.length
  if (shift >= 0) return value * 10n ** BigInt(shift)
  const divisor = 10n ** BigInt(-shift)
  return (value + divisor - 1n) / divisor
}

function shorten(value: bigint, base: bigint, suffixes: readonly string[]): string {
  if (value === 0n) return '0'
  let rest = value
  let step = 0
  while (rest % base === 0n && step < suffixes.length - 1) {
    rest /= base
    step++
  }
  return `${rest}${suffixes[step]}`
}

function withExponent(value: bigint): string {
  if (value === 0n) return '0'
  let rest = value
  let exponent = -9
  while (rest % 1000n === 0n) {
    rest /= 1000n
    exponent += 3
  }
  return exponent === 0 ? `${rest}` : `${rest}e${exponent}`
}
