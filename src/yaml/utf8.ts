import { isUtf8 } from 'node:buffer'
import type { TextFault } from './read.ts'

/**
 * Returns the text of a file, or the one-based position of the first byte that is not UTF-8, as editors and `cmp`
 * count.
 */
export function decodeUtf8(bytes: Uint8Array): string | (TextFault & { readonly remedy: string }) {
  const wide = utf16(bytes)
  if (wide !== undefined) {
    const message = `the file is UTF-16, not UTF-8: its first bytes are ${hex(bytes[0])} ${hex(bytes[1])}`
    return { line: 1, message, remedy: `convert it: iconv -f ${wide} -t UTF-8` }
  }
  if (isUtf8(bytes)) return Buffer.from(bytes).toString('utf8')
  const at = firstWrong(bytes)
  const before = bytes.subarray(0, at)
  const line = before.filter(byte => byte === 0x0a).length + 1
  const column = at - before.lastIndexOf(0x0a)
  const message = `not UTF-8: byte ${at + 1} of the file (${hex(bytes[at])}), which is byte ${column} of line ${line}`
  return { line, message, remedy: 'save the file as UTF-8, for example with iconv -f ISO-8859-1 -t UTF-8' }
}

/** Returns the encoding indicated by a byte order mark, or by a zero in the first character. */
function utf16([first, second]: Uint8Array): string | undefined {
  if (first === undefined || second === undefined) return undefined
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return 'UTF-16'
  if (first === 0) return 'UTF-16BE'
  return second === 0 ? 'UTF-16LE' : undefined
}

function firstWrong(bytes: Uint8Array): number {
  let at = 0
  while (at < bytes.length) {
    const length = lengthFrom(bytes[at] ?? 0)
    if (at + length > bytes.length || !isUtf8(bytes.subarray(at, at + length))) return at
    at += length
  }
  return at
}

/** Returns the byte length of a character from its first byte. */
function lengthFrom(byte: number): number {
  if (byte < 0xc0) return 1
  if (byte < 0xe0) return 2
  return byte < 0xf0 ? 3 : 4
}

function hex(byte = 0): string {
  return `0x${byte.toString(16).toUpperCase().padStart(2, '0')}`
}
