import { isUtf8 } from 'node:buffer'
import { KadmError } from '../errors/kadm-error.ts'

const plain = /^[A-Za-z0-9_@%+=:,./-]+$/

/**
 * Quotes an argv for a POSIX shell, each word only if needed. Lone surrogates U+DC80-U+DCFF stand for bytes that
 * `decodeFileName` could not read as UTF-8. Throws INTERNAL for a NUL, which no argument can contain.
 */
export function quote(argv: readonly string[]): string {
  return argv.map(quoteWord).join(' ')
}

function quoteWord(word: string): string {
  if (word.includes('\0')) throw new KadmError('INTERNAL', 'an argument of a command holds a NUL byte')
  if (plain.test(word)) return word
  const quoted = word.replaceAll("'", `'\\''`).replace(/[\uDC80-\uDCFF]+/gu, quoteBytes)
  return `'${quoted}'`
}

/** printf writes the raw bytes, which UTF-8 text cannot contain. */
function quoteBytes(escaped: string): string {
  const octal = [...escaped].map(char => `\\${(char.charCodeAt(0) - 0xdc00).toString(8)}`).join('')
  return `'"$(printf '${octal}')"'`
}

/** Decodes the bytes of a file name. A byte that is not UTF-8 becomes U+DC00 + byte, which `quote` restores. */
export function decodeFileName(bytes: Uint8Array): string {
  const name = Buffer.from(bytes)
  if (isUtf8(name)) return name.toString('utf8')
  let text = ''
  for (let at = 0; at < name.length; ) {
    const piece = name.subarray(at, at + sequenceLength(name[at] ?? 0))
    text += isUtf8(piece) ? piece.toString('utf8') : String.fromCharCode(0xdc00 + (name[at] ?? 0))
    at += isUtf8(piece) ? piece.length : 1
  }
  return text
}

/** Returns the bytes of a file name from `decodeFileName`. */
export function encodeFileName(name: string): Buffer {
  const pieces = name.split(/([\uDC80-\uDCFF])/u)
  return Buffer.concat(
    pieces.map((piece, i) => (i % 2 === 0 ? Buffer.from(piece) : Buffer.of(piece.charCodeAt(0) - 0xdc00))),
  )
}

function sequenceLength(first: number): number {
  if (first < 0xc0) return 1
  if (first < 0xe0) return 2
  return first < 0xf0 ? 3 : 4
}
