import { type Cursor, type Mark, YamlFault } from './cursor.ts'

/** A place where a key without `?` may have begun: known when its `:` is met. */
export interface KeyStart {
  possible: boolean
  /** Nothing but a key can stand there: what begins where the keys of a block begin. */
  readonly required: boolean
  readonly token: number
  readonly at: Mark
}

const longestKey = 1024

/** The places where keys may have begun: one for the block, one more for every list or map in brackets around. */
export class KeyStarts {
  readonly #starts: KeyStart[] = []
  readonly #cursor: Cursor

  constructor(cursor: Cursor) {
    this.#cursor = cursor
    this.open()
  }

  /** Enters a list or a map in brackets. */
  open(): void {
    this.#starts.push({ possible: false, required: false, token: 0, at: this.#cursor.mark() })
  }

  close(): void {
    this.#starts.pop()
  }

  last(): KeyStart {
    return this.#starts.at(-1) as KeyStart
  }

  save(start: Omit<KeyStart, 'possible'>): void {
    this.drop()
    this.#starts[this.#starts.length - 1] = { possible: true, ...start }
  }

  /** What began there was no key. */
  drop(): void {
    const start = this.last()
    if (start.possible) this.#giveUp(start)
  }

  /** True when a key may have begun with a token. */
  mayBe(token: number): boolean {
    const start = this.#starts.find(one => one.possible && one.token === token)
    return start !== undefined && this.isValid(start)
  }

  /** A key ends on its line, after 1024 characters at most. */
  isValid(start: KeyStart): boolean {
    if (!start.possible) return false
    if (start.at.line >= this.#cursor.line && start.at.index + longestKey >= this.#cursor.index) return true
    this.#giveUp(start)
    return false
  }

  #giveUp(start: KeyStart): void {
    if (start.required) throw new YamlFault('a ":" is missing behind the key', start.at)
    start.possible = false
  }
}
