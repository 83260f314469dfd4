import { isPlainText } from './resolve.ts'

/** Where a scalar is written: its first column, the indentation of further lines, and whether it is a `key:`. */
export interface Place {
  readonly column: number
  readonly indent: number
  readonly key: boolean
}

/** go-yaml breaks a line at the first space after this column. */
const bestWidth = 80

const breaks = /[\r\n\u0085\u2028\u2029]/
/**
 * Characters that go-yaml writes unchanged: it escapes control characters, byte order marks and everything beyond the
 * basic plane.
 */
const unprintable = /[^\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/u
const indicatorFirst = /^(?:[#,[\]{}&*!|>'"%@`]|[-?:](?:[ \t]|$)|---|\.\.\.)/
const indicatorInside = /:(?:[ \t]|$)|[ \t\0\r\n\u0085\u2028\u2029]#/

const escapes: Readonly<Record<string, string>> = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1b': 'e',
  '"': '"',
  '\\': '\\',
  '\u0085': 'N',
  '\u00a0': '_',
  '\u2028': 'L',
  '\u2029': 'P',
}

/** True if a key cannot precede a colon and needs the `? key` form. */
export function isComplexKey(text: string): boolean {
  return breaks.test(text) || Buffer.byteLength(text) > 128
}

/** True if the written text ends its own line, as some literal blocks do. */
export function endsLine(text: string): boolean {
  return breaks.test(text.slice(-1))
}

/** Formats a string as go-yaml v2 does: plain, 'single', "double" or a literal block, folded after column 80. */
export function renderString(text: string, place: Place): string {
  const special = unprintable.test(text) || / [\r\n\u0085\u2028\u2029]/.test(text)
  if (text.includes('\n')) {
    return special || text.endsWith(' ') || place.key ? doubleQuoted(text, place) : literal(text, place)
  }
  // Without quotes the key merges its value into the map.
  const merges = place.key && text === '<<'
  if (special || merges || !isPlainText(text)) return doubleQuoted(text, place)
  if (!breaks.test(text) && !/^ | $/.test(text) && !indicatorFirst.test(text) && !indicatorInside.test(text)) {
    return fold(text, place, 0)
  }
  return /[\u2028\u2029] /.test(text) ? doubleQuoted(text, place) : singleQuoted(text, place)
}

function literal(text: string, { indent }: Place): string {
  const hint = /^[ \n\u2028\u2029]/.test(text) ? '2' : ''
  const chomp = !endsLine(text) ? '-' : text.length === 1 || endsLine(text.slice(0, -1)) ? '+' : ''
  return `|${hint}${chomp}\n${indentLines(`\n${text}`, indent).slice(1)}`
}

function singleQuoted(text: string, place: Place): string {
  const broken = indentLines(text.replaceAll("'", "''"), place.indent)
  return `'${fold(broken, { ...place, column: place.column + 1 }, 1)}'`
}

/** Indents the lines after a line break; empty lines stay empty. */
function indentLines(text: string, indent: number): string {
  return text.replace(/([\n\u2028\u2029])(?=[^\n\u2028\u2029])/g, `$1${' '.repeat(indent)}`)
}

/** Replaces single spaces beyond the best width by line breaks, except `margin` spaces at each end. */
function fold(text: string, { column, indent, key }: Place, margin: 0 | 1): string {
  if (key) return text
  const chars = [...text]
  let at = column
  return chars
    .map((char, i) => {
      const inside = margin === 0 || (i > 0 && i < chars.length - 1)
      if (char === ' ' && at > bestWidth && inside && chars[i - 1] !== ' ' && chars[i + 1] !== ' ') {
        at = indent
        return `\n${' '.repeat(indent)}`
      }
      at = breaks.test(char) ? 0 : at + 1
      return char
    })
    .join('')
}

function doubleQuoted(text: string, { column, indent, key }: Place): string {
  const chars = [...text]
  const marked = text.startsWith('\ufeff')
  let at = column + 1
  const written = chars.map((char, i) => {
    const single = char === ' ' && chars[i - 1] !== ' ' && i > 0 && i < chars.length - 1
    if (single && !key && !marked && at > bestWidth) {
      at = indent
      const guard = chars[i + 1] === ' ' ? '\\' : ''
      at += guard.length
      return `\n${' '.repeat(indent)}${guard}`
    }
    const out = escapeChar(char, marked)
    at += [...out].length
    return out
  })
  return `"${written.join('')}"`
}

/** After a leading byte order mark go-yaml escapes every character. */
function escapeChar(char: string, always: boolean): string {
  if (!always && !unprintable.test(char) && !breaks.test(char) && char !== '"' && char !== '\\') return char
  const short = escapes[char]
  if (short !== undefined) return `\\${short}`
  const code = char.codePointAt(0) ?? 0
  const hex = code.toString(16).toUpperCase()
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}
