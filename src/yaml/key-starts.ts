import { type Cursor, type Mark, YamlFault } from './cursor.ts'

/** The position of a possible key without `?`; confirmed by its `:`. */
export interface KeyStart {
  possible: boolean
  /** True if only a key is valid here, where the keys of a block begin. */
  readonly required: boolean
  readonly token: number
  readonly at: Mark
}

const longestKey = 1024

/**
 * The positions of possible keys: one for the block, and one per enclosing flow list or map. As in go-yaml, the scanner
 * finds those it waits for by their token: it stops waiting for the brackets of an empty list or map, so that the
 * following text is read later, or not at all.
 */
export class KeyStarts {
  readonly #starts: KeyStart[] = []
  readonly #places = new Map<number, number>()
  readonly #cursor: Cursor

  constructor(cursor: Cursor) {
    this.#cursor = cursor
    this.open(0)
  }

  /** Enters a flow list or map, which begins at the token. */
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

  /** The position was not a key. */
  drop(): void {
    const start = this.last()
    if (!start.possible) return
    this.#giveUp(start)
    this.#places.delete(start.token)
  }

  /** The `:` of a key was found. */
  found(start: KeyStart): void {
    start.possible = false
    this.#places.delete(start.token)
  }

  /** True if a key may begin at a token. */
  mayBe(token: number): boolean {
    const start = this.#starts[this.#places.get(token) ?? -1]
    return start !== undefined && this.isValid(start)
  }

  /** A key ends on its line, after at most 1024 characters. */
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
