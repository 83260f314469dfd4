import { type Cursor, type Mark, YamlFault } from './cursor.ts'

/** Line breaks between two words: one becomes a space, n become n - 1 breaks. */
class Gap {
  blanks = ''
  broken = false
  #first = ''
  #rest = ''

  take(cursor: Cursor): void {
    if (cursor.isBlank()) {
      const blank = cursor.take()
      if (!this.broken) this.blanks += blank
      return
    }
    const taken = cursor.takeBreak()
    if (this.broken) this.#rest += taken
    else this.#first = taken
    this.broken = true
  }

  text(): string {
    if (!this.broken) return this.blanks
    if (this.#first === '\n') return this.#rest === '' ? ' ' : this.#rest
    return this.#first + this.#rest
  }

  /** Hides a line break after a backslash. */
  hide(): void {
    this.broken = true
  }

  /** Returns what a hidden break leaves: the empty lines after it. */
  textAfterHidden(): string {
    return this.#first + this.#rest
  }
}

/** Scans quoted text of either kind. */
export function scanQuoted(cursor: Cursor): string {
  const start = cursor.mark()
  const quote = cursor.take()
  let text = ''
  for (;;) {
    if (cursor.isDocumentMark()) throw new YamlFault('a document ends inside of quotes', cursor)
    if (cursor.isEnd()) throw new YamlFault(`the closing ${quote} is missing`, start)
    const gap = new Gap()
    let hidden = false
    while (!cursor.isSpaceOrEnd()) {
      if (quote === "'" && cursor.at() === quote && cursor.at(1) === quote) {
        cursor.take()
        text += cursor.take()
      } else if (cursor.at() === quote) break
      else if (quote === '"' && cursor.at() === '\\') {
        if (cursor.isBreak(1)) {
          cursor.take()
          cursor.takeBreak()
          hidden = true
          break
        }
        text += scanEscape(cursor, start)
      } else text += cursor.take() + cursor.takeWord()
    }
    if (cursor.at() === quote) break
    if (hidden) gap.hide()
    while (cursor.isBlank() || cursor.isBreak()) gap.take(cursor)
    text += hidden ? gap.textAfterHidden() : gap.text()
  }
  cursor.take()
  return text
}

const escapes: Readonly<Record<string, string>> = {
  ...{ '0': '\0', a: '\x07', b: '\b', t: '\t', '\t': '\t', n: '\n', v: '\v', f: '\f', r: '\r', e: '\x1b' },
  ...{ ' ': ' ', '"': '"', "'": "'", '\\': '\\', N: '\u0085', _: '\u00a0', L: '\u2028', P: '\u2029' },
}
const codeLengths: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 }

function scanEscape(cursor: Cursor, start: Mark): string {
  cursor.take()
  const char = cursor.take()
  const plain = escapes[char]
  if (plain !== undefined) return plain
  const length = codeLengths[char]
  if (length === undefined) throw new YamlFault(`"\\${char}" is not a YAML 1.1 escape sequence`, cursor)
  const digits = Array.from({ length }, (_, i) => cursor.at(i)).join('')
  if (!/^[\da-fA-F]+$/.test(digits)) throw new YamlFault(`"\\${char}" needs ${length} hexadecimal digits`, cursor)
  const code = Number.parseInt(digits, 16)
  if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff)
    throw new YamlFault(`"\\${char}${digits}" is not a character`, start)
  for (let i = 0; i < length; i++) cursor.take()
  return String.fromCodePoint(code)
}

/** Scans unquoted text; also returns whether a line ended after it. */
export function scanPlain(
  cursor: Cursor,
  indent: number,
  inFlow: boolean,
): { readonly text: string; readonly broken: boolean } {
  let text = ''
  let gap = new Gap()
  const ends = () => (cursor.at() === ':' && cursor.isSpaceOrEnd(1)) || (inFlow && ',?[]{}'.includes(cursor.at()))
  for (;;) {
    if (cursor.isDocumentMark() || cursor.at() === '#') break
    if (!cursor.isSpaceOrEnd() && !ends()) {
      text += gap.text()
      gap = new Gap()
      while (!cursor.isSpaceOrEnd() && !ends()) text += cursor.take() + cursor.takeWord()
    }
    if (!cursor.isBlank() && !cursor.isBreak()) break
    while (cursor.isBlank() || cursor.isBreak()) {
      if (gap.broken && cursor.column <= indent && cursor.at() === '\t') {
        throw new YamlFault('tab in the indentation; use spaces', cursor)
      }
      gap.take(cursor)
    }
    if (!inFlow && cursor.column <= indent) break
  }
  return { text, broken: gap.broken }
}
