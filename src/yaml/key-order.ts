const letter = /\p{L}/u
const digit = /\p{Nd}/u

/**
 * Compares the keys of a map as go-yaml v2 does: digits by their value (`a2` before `a10`), letters after other
 * characters.
 */
export function compareKeys(a: string, b: string): number {
  const left = [...a]
  const right = [...b]
  const length = Math.min(left.length, right.length)
  for (let i = 0; i < length; i++) {
    if (left[i] !== right[i]) return compareAt(left, right, i)
  }
  return left.length - right.length
}

function compareAt(left: readonly string[], right: readonly string[], i: number): number {
  const l = left[i] ?? ''
  const r = right[i] ?? ''
  const letters = [letter.test(l), letter.test(r)]
  if (letters[0] && letters[1]) return codePoint(l) - codePoint(r)
  if (letters[0] || letters[1]) return letters[1] ? -1 : 1
  const carry = (l === '0' || r === '0') && followsNonZeroDigit(left, i) ? 1n : 0n
  const [leftValue, leftEnd] = readNumber(left, i, carry)
  const [rightValue, rightEnd] = readNumber(right, i, carry)
  if (leftValue !== rightValue) return leftValue < rightValue ? -1 : 1
  return leftEnd === rightEnd ? codePoint(l) - codePoint(r) : leftEnd - rightEnd
}

function followsNonZeroDigit(chars: readonly string[], i: number): boolean {
  for (let j = i - 1; j >= 0 && digit.test(chars[j] ?? ''); j--) {
    if (chars[j] !== '0') return true
  }
  return false
}

/** Returns the number that begins at `start` (0 if none does), 64 bits as in Go, and where it ends. */
function readNumber(chars: readonly string[], start: number, carry: bigint): readonly [bigint, number] {
  let value = carry
  let end = start
  for (; end < chars.length && digit.test(chars[end] ?? ''); end++) {
    value = value * 10n + BigInt(codePoint(chars[end] ?? '') - 0x30)
  }
  return [BigInt.asIntN(64, value), end]
}

function codePoint(char: string): number {
  return char.codePointAt(0) ?? 0
}
