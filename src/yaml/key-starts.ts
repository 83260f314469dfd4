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

/**
 * The places where keys may have begun: one for the block, one more for every list or map in brackets around. Those that
 * the scanner waits for are found by their token, as in go-yaml: it no longer waits for the brackets of an empty list or
 * map, so that what follows them is read later, or not at all.
 */
export class KeyStarts {
  readonly #starts: KeyStart[] = []
  readonly #places = new Map<number, number>()
  readonly #cursor: Cursor

  constructor(cursor: Cursor) {
    this.#cursor = cursor
    this.open(0)
  }

  /** Enters a list or a map in brackets, whose token is the one that opens it. */
  open(token: number): void {
    this.#starts.push({ possible: false, required: false, token, at: this.#cursor.mark() })
  }

  close(): void {
    this.#places.delete(this.last().token)
    this.#starts.pop()
  }

  last(): KeyStart {
    return this.#starts.at(-1) as KeyStart
  }

  save(start: Omit<KeyStart, 'possible'>): void {
    this.drop()
    this.#starts[this.#starts.length - 1] = { possible: true, ...start }
    this.#places.set(start.token, this.#starts.length - 1)
  }

  /** What began there was no key. */
  drop(): void {
    const start = this.last()
    if (!start.possible) return
    this.#giveUp(start)
    this.#places.delete(start.token)
  }

  /** The `:` of a key was met. */
  found(start: KeyStart): void {
    start.possible = false
    this.#places.delete(start.token)
  }

  /** True when a key may have begun with a token. */
  mayBe(token: number): boolean {
    const start = this.#starts[this.#places.get(token) ?? -1]
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
    if (start.required) throw new YamlFault('":" is missing after the key', start.at)
    start.possible = false
  }
}
