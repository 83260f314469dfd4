import { type Mark, YamlFault } from './cursor.ts'
import { Scanner } from './scanner.ts'
import type { TokenType } from './tokens.ts'

/** The nodes of a document with their positions. `tag` is `!!int` for YAML's tags, empty for none. */
export type YamlNode = ScalarNode | ListNode | MapNode | AliasNode
export interface ScalarNode extends Placed {
  readonly kind: 'scalar'
  readonly text: string
  readonly plain: boolean
}
export interface ListNode extends Placed {
  readonly kind: 'list'
  readonly items: YamlNode[]
}
export interface MapNode extends Placed {
  readonly kind: 'map'
  readonly entries: (readonly [YamlNode, YamlNode])[]
}
export interface AliasNode extends Placed {
  readonly kind: 'alias'
  readonly target: YamlNode
}
interface Placed {
  readonly tag: string
  readonly at: Mark
}

/** Parses the first document of a text; undefined if there is none. Throws YamlFault. */
export function readNodes(text: string): YamlNode | undefined {
  return new Reader(text).document()
}

/** Recursive descent over the tokens, with the grammar of libyaml. */
class Reader {
  readonly #scanner: Scanner
  readonly #anchors = new Map<string, YamlNode>()
  readonly #handles = new Map([
    ['!', '!'],
    ['!!', '!!'],
  ])

  constructor(text: string) {
    this.#scanner = new Scanner(text)
  }

  document(): YamlNode | undefined {
    if (this.#at('streamEnd')) return undefined
    const directed = this.#at('directive')
    while (this.#at('directive')) this.#directive()
    if (!this.#at('documentStart')) {
      if (directed) throw this.#fault('expected a "---" line after a directive (%)')
      return this.#ended(this.#node(true, false))
    }
    this.#scanner.take()
    const isEmpty = this.#at('directive', 'documentStart', 'documentEnd', 'streamEnd')
    return this.#ended(isEmpty ? this.#nothing() : this.#node(true, false))
  }

  /** As in go-yaml, one token after the document is read. */
  #ended(node: YamlNode): YamlNode {
    this.#scanner.peek()
    return node
  }

  #directive(): void {
    const { text, at } = this.#scanner.take()
    const [, handle = '', prefix = ''] = /^%TAG[ \t]+(!|![\w-]*!)[ \t]+([^ \t]+)[ \t]*(?:#.*)?$/.exec(text) ?? []
    if (handle !== '') this.#handles.set(handle, prefix.replace('tag:yaml.org,2002:', '!!'))
    else if (!/^%YAML[ \t]+0?1\.0?1(?!\d)/.test(text)) throw new YamlFault('only YAML 1.1 is read', at)
  }

  #at(...types: readonly TokenType[]): boolean {
    return types.includes(this.#scanner.peek().type)
  }

  #fault(message: string): YamlFault {
    return new YamlFault(message, this.#scanner.peek().at)
  }

  #nothing(tag = '', plain = true): ScalarNode {
    return { kind: 'scalar', text: '', plain, tag, at: this.#scanner.peek().at }
  }

  #node(block: boolean, indentless: boolean): YamlNode {
    if (this.#at('alias')) return this.#alias()
    const start = this.#scanner.peek().at
    const { anchor, tag } = this.#properties()
    const placed = { tag, at: start }
    if (indentless && this.#at('blockEntry')) return this.#list(anchor, placed, items => this.#indentless(items))
    if (this.#at('scalar')) {
      const { text, plain } = this.#scanner.take()
      return this.#named(anchor, { kind: 'scalar', text, plain: (tag === '' && plain) || tag === '!', ...placed })
    }
    if (this.#at('flowSequenceStart')) return this.#list(anchor, placed, items => this.#flowList(items))
    if (this.#at('flowMappingStart')) return this.#map(anchor, placed, entries => this.#flowMap(entries))
    if (block && this.#at('blockSequenceStart')) return this.#list(anchor, placed, items => this.#blockList(items))
    if (block && this.#at('blockMappingStart')) return this.#map(anchor, placed, entries => this.#blockMap(entries))
    if (anchor === '' && tag === '') throw this.#fault('a value is expected')
    return this.#named(anchor, this.#nothing(tag, tag === ''))
  }

  #alias(): AliasNode {
    const { text, at } = this.#scanner.take()
    const target = this.#anchors.get(text)
    if (target === undefined) throw new YamlFault(`no anchor "&${text}" is defined before the alias`, at)
    return { kind: 'alias', target, tag: '', at }
  }

  #properties(): { readonly anchor: string; readonly tag: string } {
    let anchor = ''
    let tag = ''
    for (let i = 0; i < 2; i++) {
      if (anchor === '' && this.#at('anchor')) anchor = this.#scanner.take().text
      else if (tag === '' && this.#at('tag')) tag = this.#tag()
    }
    return { anchor, tag }
  }

  #tag(): string {
    const { text, at } = this.#scanner.take()
    const space = text.indexOf(' ')
    const [handle, suffix] = [text.slice(0, space), text.slice(space + 1)]
    if (handle === '') return suffix.replace('tag:yaml.org,2002:', '!!')
    const prefix = this.#handles.get(handle)
    if (prefix === undefined) throw new YamlFault(`the handle "${handle}" of the tag is not known`, at)
    return prefix + suffix
  }

  #named<N extends YamlNode>(anchor: string, node: N): N {
    if (anchor !== '') this.#anchors.set(anchor, node)
    return node
  }

  #list(anchor: string, placed: Placed, fill: (items: YamlNode[]) => void): ListNode {
    const node: ListNode = this.#named(anchor, { kind: 'list', items: [], ...placed })
    fill(node.items)
    return node
  }

  #map(anchor: string, placed: Placed, fill: (entries: MapNode['entries']) => void): MapNode {
    const node: MapNode = this.#named(anchor, { kind: 'map', entries: [], ...placed })
    fill(node.entries)
    return node
  }

  #indentless(items: YamlNode[]): void {
    while (this.#at('blockEntry')) {
      this.#scanner.take()
      items.push(this.#at('blockEntry', 'key', 'value', 'blockEnd') ? this.#nothing() : this.#node(true, false))
    }
  }

  #blockList(items: YamlNode[]): void {
    this.#scanner.take()
    while (this.#at('blockEntry')) {
      this.#scanner.take()
      items.push(this.#at('blockEntry', 'blockEnd') ? this.#nothing() : this.#node(true, false))
    }
    if (!this.#at('blockEnd')) throw this.#fault('the next element of the list is expected, with "- " below the others')
    this.#scanner.take()
  }

  #blockMap(entries: MapNode['entries']): void {
    this.#scanner.take()
    const part = () => (this.#at('key', 'value', 'blockEnd') ? this.#nothing() : this.#node(true, true))
    while (this.#at('key')) {
      this.#scanner.take()
      const key = part()
      entries.push([key, this.#takeIf('value') ? part() : this.#nothing()])
    }
    if (!this.#at('blockEnd')) throw this.#fault('the next key is expected, with the indentation of the others')
    this.#scanner.take()
  }

  #flowList(items: YamlNode[]): void {
    this.#scanner.take()
    for (let first = true; !this.#at('flowSequenceEnd'); first = false) {
      if (!first && !this.#takeIf('flowEntry')) throw this.#fault('"," or "]" is expected')
      const { at } = this.#scanner.peek()
      if (this.#takeIf('key')) items.push({ kind: 'map', entries: [this.#pair()], tag: '', at })
      else if (!this.#at('flowSequenceEnd')) items.push(this.#node(false, false))
      else break
    }
    this.#scanner.take()
  }

  /** A pair without braces in a list: `[a: b]`. */
  #pair(): readonly [YamlNode, YamlNode] {
    let key: YamlNode
    if (this.#at('value', 'flowEntry', 'flowSequenceEnd')) {
      key = this.#nothing()
      // As in libyaml, any token is skipped here.
      this.#scanner.take()
    } else key = this.#node(false, false)
    if (!this.#takeIf('value')) return [key, this.#nothing()]
    return [key, this.#at('flowEntry', 'flowSequenceEnd') ? this.#nothing() : this.#node(false, false)]
  }

  #flowMap(entries: MapNode['entries']): void {
    this.#scanner.take()
    for (let first = true; !this.#at('flowMappingEnd'); first = false) {
      if (!first && !this.#takeIf('flowEntry')) throw this.#fault('"," or "}" is expected')
      if (this.#takeIf('key')) entries.push(this.#flowEntry())
      else if (!this.#at('flowMappingEnd')) entries.push([this.#node(false, false), this.#nothing()])
      else break
    }
    this.#scanner.take()
  }

  #flowEntry(): readonly [YamlNode, YamlNode] {
    const key = this.#at('value', 'flowEntry', 'flowMappingEnd') ? this.#nothing() : this.#node(false, false)
    if (!this.#takeIf('value')) return [key, this.#nothing()]
    return [key, this.#at('flowEntry', 'flowMappingEnd') ? this.#nothing() : this.#node(false, false)]
  }

  #takeIf(type: TokenType): boolean {
    const found = this.#at(type)
    if (found) this.#scanner.take()
    return found
  }
}
