/** A place in a text, counted in characters; line and column start at 0. */
export interface Mark {
  readonly index: number
  readonly line: number
  readonly column: number
}

/** Why a text cannot be read, and on which line, counted from 1. */
export class YamlFault extends Error {
  readonly line: number
  constructor(message: string, at: Pick<Mark, 'line'>) {
    super(message)
    this.line = at.line + 1
  }
}

/** What stands behind the last character. */
const end = '\0'
const breaks = new Set(['\n', '\r', '\u0085', '\u2028', '\u2029'])

/** Walks over the characters of a text. Lines end as in YAML 1.1, at U+0085, U+2028 and U+2029 too. */
export class Cursor implements Mark {
  index = 0
  line = 0
  column = 0
  readonly #chars: readonly string[]

  constructor(text: string) {
    this.#chars = [...text]
  }

  /** The character here, or so many behind. */
  at(ahead = 0): string {
    return this.#chars[this.index + ahead] ?? end
  }

  mark(): Mark {
    return { index: this.index, line: this.line, column: this.column }
  }

  isEnd(ahead = 0): boolean {
    return this.at(ahead) === end
  }

  isBlank(ahead = 0): boolean {
    return this.at(ahead) === ' ' || this.at(ahead) === '\t'
  }

  isBreak(ahead = 0): boolean {
    return breaks.has(this.at(ahead))
  }

  isBreakOrEnd(ahead = 0): boolean {
    return this.isBreak(ahead) || this.isEnd(ahead)
  }

  isSpaceOrEnd(ahead = 0): boolean {
    return this.isBlank(ahead) || this.isBreakOrEnd(ahead)
  }

  /** The character here, stepping over it. */
  take(): string {
    const char = this.at()
    this.index++
    this.column++
    return char
  }

  /** Steps over a line break; gives it as a value holds it. */
  takeBreak(): string {
    const char = this.at()
    this.index += char === '\r' && this.at(1) === '\n' ? 2 : 1
    this.line++
    this.column = 0
    return char === '\u2028' || char === '\u2029' ? char : '\n'
  }

  /** The end of a text ends its last line. */
  endLine(): void {
    if (this.column === 0) return
    this.column = 0
    this.line++
  }

  /** Steps over characters as long as they fit. */
  takeWhile(fits: (char: string) => boolean): string {
    let taken = ''
    while (!this.isEnd() && fits(this.at())) taken += this.take()
    return taken
  }

  /** Steps over blanks and a comment behind them, up to the end of the line. */
  skipComment(): void {
    while (this.isBlank()) this.take()
    if (this.at() === '#') while (!this.isBreakOrEnd()) this.take()
  }

  /** True at `---` or `...` on the start of a line. */
  isDocumentMark(): boolean {
    const char = this.at()
    const three = (char === '-' || char === '.') && this.at(1) === char && this.at(2) === char
    return this.column === 0 && three && this.isSpaceOrEnd(3)
  }
}
