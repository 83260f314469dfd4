/** A position in a text in characters; line and column start at 0. */
export interface Mark {
  readonly index: number
  readonly line: number
  readonly column: number
}

/** Why a text cannot be parsed, with its one-based line. */
export class YamlFault extends Error {
  readonly line: number
  constructor(message: string, at: Pick<Mark, 'line'>) {
    super(message)
    this.line = at.line + 1
  }
}

/** Stands for the position after the last character. */
const end = '\0'
const pairs = /[\ud800-\udfff]/
const word = /[\w+\-./=]*/y

/** Reads a text by characters. As in YAML 1.1, lines also end at U+0085, U+2028 and U+2029. */
export class Cursor implements Mark {
  index = 0
  line = 0
  column = 0
  readonly #chars: string | readonly string[]

  constructor(text: string) {
    this.#chars = pairs.test(text) ? [...text] : text
  }

  /** Returns the current character, or one further ahead. */
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
    return isBreak(this.at(ahead))
  }

  isBreakOrEnd(ahead = 0): boolean {
    const char = this.at(ahead)
    return char === end || isBreak(char)
  }

  isSpaceOrEnd(ahead = 0): boolean {
    const char = this.at(ahead)
    return char === ' ' || char === '\t' || char === end || isBreak(char)
  }

  /** Returns the current character and skips it. */
  take(): string {
    const char = this.at()
    this.index++
    this.column++
    return char
  }

  /** Reads letters, digits and `+-./=_` in one step: they end no value. Most of a kubeconfig is such text. */
  takeWord(): string {
    if (typeof this.#chars !== 'string') return ''
    word.lastIndex = this.index
    const taken = word.exec(this.#chars)?.[0] ?? ''
    this.index += taken.length
    this.column += taken.length
    return taken
  }

  /** Skips a line break; returns it as part of a value. */
  takeBreak(): string {
    const char = this.at()
    this.index += char === '\r' && this.at(1) === '\n' ? 2 : 1
    this.line++
    this.column = 0
    return char === '\u2028' || char === '\u2029' ? char : '\n'
  }

  /** The end of the text ends its last line. */
  endLine(): void {
    if (this.column === 0) return
    this.column = 0
    this.line++
  }

  /** Reads characters while they match. */
  takeWhile(fits: (char: string) => boolean): string {
    let taken = ''
    while (!this.isEnd() && fits(this.at())) taken += this.take()
    return taken
  }

  /** Skips blanks and a following comment up to the end of the line. */
  skipComment(): void {
    while (this.isBlank()) this.take()
    if (this.at() === '#') while (!this.isBreakOrEnd()) this.take()
  }

  /** True at `---` or `...` at the start of a line. */
  isDocumentMark(): boolean {
    const char = this.at()
    const three = (char === '-' || char === '.') && this.at(1) === char && this.at(2) === char
    return this.column === 0 && three && this.isSpaceOrEnd(3)
  }
}

function isBreak(char: string): boolean {
  return char === '\n' || char === '\r' || char === '\u0085' || char === '\u2028' || char === '\u2029'
}
