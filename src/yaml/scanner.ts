import { Cursor, type Mark, YamlFault } from './cursor.ts'
import { KeyStarts } from './key-starts.ts'
import { scanBlock } from './scan-block.ts'
import { scanAnchor, scanTag, type TagText } from './scan-names.ts'
import { scanPlain, scanQuoted } from './scan-text.ts'
import type { Token, TokenType } from './tokens.ts'

const directive = /^%(YAML[ \t]+\d{1,2}\.\d{1,2}|TAG[ \t]+(![\w-]*!|!)[ \t]+[^ \t]+)[ \t]*(#.*)?$/
const flowStarts: Readonly<Record<string, TokenType>> = { '[': 'flowSequenceStart', '{': 'flowMappingStart' }
const flowEnds: Readonly<Record<string, TokenType>> = { ']': 'flowSequenceEnd', '}': 'flowMappingEnd' }

/**
 * Splits a text into tokens, one at a time, with the rules of libyaml, on which go-yaml v2 is based, including its
 * differences from YAML 1.2.
 */
export class Scanner {
  readonly #cursor: Cursor
  #tokens: Token[] = []
  #taken = 0
  #indent = -1
  #indents: number[] = []
  #flow = 0
  #keyAllowed = true
  readonly #keys: KeyStarts

  constructor(text: string) {
    this.#cursor = new Cursor(text)
    this.#keys = new KeyStarts(this.#cursor)
  }

  peek(): Token {
    // The first token may become a key.
    while (this.#tokens.length === 0 || this.#keys.mayBe(this.#taken)) this.#fetch()
    return this.#tokens[0] as Token
  }

  take(): Token {
    const token = this.peek()
    this.#tokens.shift()
    this.#taken++
    return token
  }

  #add(type: TokenType, at: Mark, text = '', plain = false): void {
    this.#tokens.push({ type, at, text, plain })
  }

  #fetch(): void {
    this.#skipToToken()
    const cursor = this.#cursor
    this.#unroll(cursor.column)
    const char = cursor.at()
    if (cursor.isEnd()) this.#end()
    else if (cursor.column === 0 && char === '%') this.#directive()
    else if (cursor.isDocumentMark()) this.#documentMark()
    else if (flowStarts[char] !== undefined) this.#flowStart(flowStarts[char])
    else if (flowEnds[char] !== undefined) this.#flowEnd(flowEnds[char])
    else if (char === ',') this.#indicator('flowEntry', true)
    else if (char === '-' && cursor.isSpaceOrEnd(1)) this.#entry('blockEntry', 'blockSequenceStart', true)
    else if (char === '?' && (this.#flow > 0 || cursor.isSpaceOrEnd(1)))
      this.#entry('key', 'blockMappingStart', this.#flow === 0)
    else if (char === ':' && (this.#flow > 0 || cursor.isSpaceOrEnd(1))) this.#value()
    else this.#content(char)
  }

  #content(char: string): void {
    const cursor = this.#cursor
    if ((char === '|' || char === '>') && this.#flow === 0) {
      this.#keys.drop()
      this.#keyAllowed = true
      const at = cursor.mark()
      this.#add('scalar', at, scanBlock(cursor, this.#indent))
      return
    }
    const at = cursor.mark()
    if (char === '*' || char === '&')
      this.#keyed(() => this.#add(char === '*' ? 'alias' : 'anchor', at, scanAnchor(cursor)))
    else if (char === '!') this.#keyed(() => this.#add('tag', at, tagText(scanTag(cursor))))
    else if (char === "'" || char === '"') this.#keyed(() => this.#add('scalar', at, scanQuoted(cursor)))
    else if (this.#startsPlain(char)) {
      this.#keyed(() => {
        const { text, broken } = scanPlain(cursor, this.#indent, this.#flow > 0)
        this.#add('scalar', at, text, true)
        if (broken) this.#keyAllowed = true
      })
    } else throw new YamlFault(`${shown(char)} cannot start a value`, cursor)
  }

  #startsPlain(char: string): boolean {
    const cursor = this.#cursor
    if (char === '-') return !cursor.isBlank(1)
    if (char === '?' || char === ':') return this.#flow === 0 && !cursor.isSpaceOrEnd(1)
    return !cursor.isSpaceOrEnd() && !',[]{}#&*!|>\'"%@`'.includes(char)
  }

  #skipToToken(): void {
    const cursor = this.#cursor
    for (;;) {
      while (cursor.at() === ' ' || ((this.#flow > 0 || !this.#keyAllowed) && cursor.at() === '\t')) cursor.take()
      if (cursor.at() === '#') while (!cursor.isBreakOrEnd()) cursor.take()
      if (!cursor.isBreak()) return
      cursor.takeBreak()
      if (this.#flow === 0) this.#keyAllowed = true
    }
  }

  #end(): void {
    this.#cursor.endLine()
    this.#unroll(-1)
    this.#keys.drop()
    this.#keyAllowed = false
    this.#add('streamEnd', this.#cursor.mark())
  }

  #directive(): void {
    this.#unroll(-1)
    this.#keys.drop()
    this.#keyAllowed = false
    const at = this.#cursor.mark()
    let text = ''
    while (!this.#cursor.isBreakOrEnd()) text += this.#cursor.take()
    if (!directive.test(text)) throw new YamlFault(`the directive "${text}" cannot be read`, at)
    this.#add('directive', at, text)
  }

  #documentMark(): void {
    const type = this.#cursor.at() === '-' ? 'documentStart' : 'documentEnd'
    this.#unroll(-1)
    this.#keys.drop()
    this.#keyAllowed = false
    const at = this.#cursor.mark()
    for (let i = 0; i < 3; i++) this.#cursor.take()
    this.#add(type, at)
  }

  #flowStart(type: TokenType): void {
    this.#saveKey()
    this.#keys.open(this.#taken + this.#tokens.length)
    this.#flow++
    this.#keyAllowed = true
    this.#step(type)
  }

  #flowEnd(type: TokenType): void {
    this.#keys.drop()
    if (this.#flow > 0) {
      this.#flow--
      this.#keys.close()
    }
    this.#keyAllowed = false
    this.#step(type)
  }

  #indicator(type: TokenType, keyAllowed: boolean): void {
    this.#keys.drop()
    this.#keyAllowed = keyAllowed
    this.#step(type)
  }

  #step(type: TokenType): void {
    const at = this.#cursor.mark()
    this.#cursor.take()
    this.#add(type, at)
  }

  #entry(type: TokenType, start: TokenType, keyAllowed: boolean): void {
    if (this.#flow === 0) {
      this.#needsRoom(type === 'key' ? 'a key' : 'an element of a list')
      this.#roll(this.#cursor.column, start, this.#cursor.mark())
    }
    this.#indicator(type, keyAllowed)
  }

  #needsRoom(what: string): void {
    if (!this.#keyAllowed) throw new YamlFault(`${what} is not allowed here`, this.#cursor)
  }

  #value(): void {
    const key = this.#keys.last()
    if (this.#keys.isValid(key)) {
      const place = key.token - this.#taken
      this.#insert(place, 'key', key.at)
      this.#roll(key.at.column, 'blockMappingStart', key.at, place)
      this.#keys.found(key)
      this.#keyAllowed = false
    } else {
      if (this.#flow === 0) {
        this.#needsRoom('a ":" with a value')
        this.#roll(this.#cursor.column, 'blockMappingStart', this.#cursor.mark())
      }
      this.#keyAllowed = this.#flow === 0
    }
    this.#step('value')
  }

  #keyed(scan: () => void): void {
    this.#saveKey()
    this.#keyAllowed = false
    scan()
  }

  #saveKey(): void {
    if (!this.#keyAllowed) return
    const required = this.#flow === 0 && this.#indent === this.#cursor.column
    const token = this.#taken + this.#tokens.length
    this.#keys.save({ required, token, at: this.#cursor.mark() })
  }

  #roll(column: number, type: TokenType, at: Mark, place = this.#tokens.length): void {
    if (this.#flow > 0 || this.#indent >= column) return
    this.#indents.push(this.#indent)
    this.#indent = column
    this.#insert(place, type, at)
  }

  /** Tokens that belong before an already taken token come last. */
  #insert(place: number, type: TokenType, at: Mark): void {
    this.#tokens.splice(place < 0 ? this.#tokens.length : place, 0, { type, at, text: '', plain: false })
  }

  #unroll(column: number): void {
    while (this.#flow === 0 && this.#indent > column) {
      this.#add('blockEnd', this.#cursor.mark())
      this.#indent = this.#indents.pop() ?? -1
    }
  }
}

/** Joins both parts of a tag with a space, which neither can contain. */
function tagText({ handle, suffix }: TagText): string {
  return `${handle} ${suffix}`
}

function shown(char: string): string {
  return char === '\t' ? 'a tab' : `"${char}"`
}
