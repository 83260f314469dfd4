import { formatDuration, parseDuration } from '../cluster/duration.ts'
import type { Json, JsonObject } from '../cluster/json.ts'
import { formatQuantity } from '../cluster/quantity.ts'

type LeafKind =
  | ('string' | 'bool' | 'int' | 'float' | 'duration' | 'logDuration' | 'quantity')
  | ('strings' | 'ints' | 'texts' | 'bools' | 'lists' | 'quantities')

/** `*` = a Go pointer: unset differs from zero. `!` = written even when zero (no omitempty). */
export type Leaf = `${'' | '*'}${LeafKind}${'' | '!'}`

/** A struct in Go: always written. `[table]` is a list of structs, `['*', table]` a pointer to one. */
export interface FieldTable {
  readonly [name: string]: FieldSpec
}
export type FieldSpec = Leaf | FieldTable | readonly [FieldTable] | readonly ['*', FieldTable]

export interface LeafSpec {
  readonly kind: LeafKind
  readonly pointer: boolean
  readonly always: boolean
}

export function readLeaf(leaf: Leaf): LeafSpec {
  const kind = leaf.replace(/[*!]/g, '') as LeafKind
  return { kind, pointer: leaf.startsWith('*'), always: leaf.endsWith('!') }
}

const zeros: Readonly<Record<LeafKind, Json>> = {
  string: '',
  bool: false,
  int: 0,
  float: 0,
  duration: '0s',
  logDuration: 0,
  quantity: '0',
  strings: null,
  ints: null,
  texts: null,
  bools: null,
  lists: null,
  quantities: null,
}

/** Structs in Go, which omitempty does not leave out. */
const structs: readonly LeafKind[] = ['duration', 'logDuration', 'quantity']

/**
 * A configuration as Go writes it: zero values that its type prints are there, the rest is left out,
 * durations and quantities are in Go's spelling. Fields that the table does not know are kept.
 */
export function toCanonical(table: FieldTable, tree: JsonObject): JsonObject {
  const unknown = Object.entries(tree).filter(([name]) => !Object.hasOwn(table, name))
  const known = Object.entries(table).map(
    ([name, spec]) => [name, canonicalField(spec, tree[name] ?? undefined)] as const,
  )
  return Object.fromEntries([...unknown, ...known].filter(([, value]) => value !== undefined))
}

function canonicalField(spec: FieldSpec, value: Json | undefined): Json | undefined {
  if (typeof spec === 'string') return canonicalLeaf(readLeaf(spec), value)
  if (!isList(spec)) return toCanonical(spec, (value ?? {}) as JsonObject)
  const [first, second] = spec
  if (first === '*') return value === undefined ? undefined : toCanonical(second as FieldTable, value as JsonObject)
  const items = (value ?? []) as readonly JsonObject[]
  return items.length === 0 ? undefined : items.map(item => toCanonical(first as FieldTable, item))
}

export function isList(spec: Exclude<FieldSpec, string>): spec is readonly [FieldTable] | readonly ['*', FieldTable] {
  return Array.isArray(spec)
}

function canonicalLeaf({ kind, pointer, always }: LeafSpec, value: Json | undefined): Json | undefined {
  if (value === undefined) {
    if (pointer) return always ? null : undefined
    return always || structs.includes(kind) ? zeros[kind] : undefined
  }
  const normal = normalise(kind, value)
  const empty = normal === zeros[kind] || (typeof normal === 'object' && Object.keys(normal ?? {}).length === 0)
  return empty && !pointer && !always && !structs.includes(kind) ? undefined : normal
}

function normalise(kind: LeafKind, value: Json): Json {
  if (kind === 'duration' || (kind === 'logDuration' && typeof value === 'string')) {
    return formatDuration(parseDuration(String(value)) ?? 0)
  }
  if (kind === 'quantity') return formatQuantity(String(value)) ?? value
  if (kind !== 'quantities') return value
  return Object.fromEntries(
    Object.entries(value as JsonObject).map(([name, amount]) => [name, formatQuantity(String(amount)) ?? amount]),
  )
}
