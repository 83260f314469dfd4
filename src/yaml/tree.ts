import type { Json } from '../cluster/json.ts'
import { YamlFault } from './cursor.ts'
import type { MapNode, ScalarNode, YamlNode } from './nodes.ts'
import { resolvePlain } from './resolve.ts'

export type Path = readonly (string | number)[]

/** A duplicate key in a map; the later one applies. */
export interface DoubledKey {
  readonly path: Path
  readonly key: string
  /** One-based. */
  readonly line: number
}

interface Walk {
  readonly doubled: DoubledKey[]
  /** Nodes with aliases that are being resolved: an alias to one of them is a cycle. */
  readonly open: Set<YamlNode>
  /** Number of nodes so far, and of those that came from aliases. */
  nodes: number
  repeated: number
}

/**
 * Returns the data of a document as go-yaml v2 and sigs.k8s.io/yaml create it from the same nodes. Throws YamlFault.
 */
export function treeOf(node: YamlNode): { readonly value: Json; readonly doubled: readonly DoubledKey[] } {
  const walk: Walk = { doubled: [], open: new Set(), nodes: 0, repeated: 0 }
  return { value: readValue(node, [], walk), doubled: walk.doubled }
}

function readValue(node: YamlNode, path: Path, walk: Walk): Json {
  count(node, walk)
  if (node.kind === 'scalar') return scalarOf(node)
  if (node.kind === 'list') return node.items.map((item, i) => readValue(item, [...path, i], walk))
  if (node.kind === 'alias') return followed(node, walk, target => readValue(target, path, walk))
  const fields = new Map<string, Json>()
  fill(fields, node, path, walk)
  return Object.fromEntries(fields)
}

/** Rejects documents that grow by aliases of aliases, with go-yaml's limits. */
function count(node: YamlNode, walk: Walk): void {
  walk.nodes++
  if (walk.open.size > 0) walk.repeated++
  const spread = Math.min(Math.max((walk.nodes - 400_000) / 3_600_000, 0), 1)
  if (walk.repeated > 100 && walk.nodes > 1000 && walk.repeated / walk.nodes > 0.99 - 0.89 * spread) {
    throw new YamlFault('the document repeats itself by aliases too often', node.at)
  }
}

function followed<T>(node: YamlNode, walk: Walk, read: (target: YamlNode) => T): T {
  if (node.kind !== 'alias') return read(node)
  if (walk.open.has(node)) throw new YamlFault('the value of an anchor contains an alias of itself', node.at)
  walk.open.add(node)
  const value = read(node.target)
  walk.open.delete(node)
  return value
}

function fill(fields: Map<string, Json>, map: MapNode, path: Path, walk: Walk): void {
  for (const [key, value] of map.entries) {
    if (isMergeKey(key)) merge(fields, value, path, walk)
    else {
      const name = keyOf(key, path, walk)
      if (fields.has(name)) walk.doubled.push({ path, key: name, line: key.at.line + 1 })
      fields.set(name, readValue(value, [...path, name], walk))
    }
  }
}

export function isMergeKey(key: YamlNode): boolean {
  return key.kind === 'scalar' && key.text === '<<' && (key.plain || key.tag === '!!merge')
}

/** Returns the maps after `<<` in the order in which their fields are merged. Throws YamlFault. */
function mergedMaps(value: YamlNode): readonly YamlNode[] {
  const maps = value.kind === 'list' ? value.items.toReversed() : [value]
  for (const one of maps) {
    const target = one.kind === 'alias' ? one.target : one
    if (target.kind !== 'map') throw new YamlFault('expected a map or a list of maps after "<<"', one.at)
  }
  return maps
}

function merge(fields: Map<string, Json>, value: YamlNode, path: Path, walk: Walk): void {
  // go-yaml does not accept an alias of a list of maps.
  for (const one of mergedMaps(value)) {
    followed(one, walk, target => {
      count(target, walk)
      fill(fields, target as MapNode, path, walk)
    })
  }
}

/** Returns the name of a key as sigs.k8s.io/yaml converts it to a string. */
function keyOf(key: YamlNode, path: Path, walk: Walk): string {
  if (key.kind === 'scalar' && key.plain && key.tag === '' && resolvePlain(key.text) !== key.text) {
    const word = unusual.find(one => one === key.text.toLowerCase().replace('+', ''))
    if (word !== undefined) return word
  }
  const value = readValue(key, path, walk)
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'bigint' && value < 1n << 63n) return String(value)
  if (typeof value === 'number') return isFloat(key) ? shortFloat(value) : String(value)
  throw new YamlFault('a key must be a text, a number, true or false', key.at)
}

/** Numbers that are only valid as keys, which become strings. */
const unusual = ['.inf', '-.inf', '.nan']

function isFloat(key: YamlNode): boolean {
  return key.kind === 'scalar' && (key.tag === '!!float' || !isWhole(key.text))
}

/** Go's `%g` of 32 bits. */
function shortFloat(value: number): string {
  const shortest = [...Array(9).keys()]
    .map(i => value.toPrecision(i + 1))
    .find(text => Math.fround(Number(text)) === Math.fround(value))
  const [mantissa = '', exponent = '0'] = Number(shortest ?? value)
    .toExponential()
    .split('e')
  const power = Number(exponent)
  if (power >= -4 && power < 21) return String(Number(shortest ?? value))
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
}

function scalarOf(node: ScalarNode): Json {
  const value = node.tag === '' && node.plain ? resolvePlain(node.text) : tagged(node)
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new YamlFault(`${node.text} is not a number that JSON can represent`, node.at)
  return value
}

function tagged(node: ScalarNode): Json {
  const { tag, text } = node
  if (tag === '!!binary') return decoded(node)
  const value = resolvePlain(text)
  const fits: Readonly<Record<string, boolean>> = {
    '!!bool': typeof value === 'boolean',
    '!!null': value === null,
    '!!int': (typeof value === 'number' || typeof value === 'bigint') && isWhole(text),
    '!!float': typeof value === 'number' || (typeof value === 'bigint' && value < 1n << 63n),
    '!!timestamp': /^\d{4}-\d\d?-\d\d?([Tt ]|$)/.test(text),
  }
  const fit = fits[tag]
  if (fit === false) throw new YamlFault(`"${text}" cannot be read as ${tag}`, node.at)
  if (fit === undefined || tag === '!!timestamp') return text
  return tag === '!!float' ? Number(value) : value
}

/** False for `1.0`, `1e3` and `08`, which go-yaml parses as floats. */
function isWhole(text: string): boolean {
  const digits = text.replaceAll('_', '')
  return /^[-+]?0[xXbBoO]/.test(digits) || /^[-+]?(0[0-7]*|[1-9]\d*)$/.test(digits)
}

function decoded({ text, at }: ScalarNode): string {
  const plain = text.replace(/[\r\n]/g, '')
  if (plain.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(plain)) {
    throw new YamlFault('the text after !!binary is not base64', at)
  }
  return Buffer.from(plain, 'base64').toString('utf8')
}
