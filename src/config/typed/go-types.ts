import type { FieldPath } from '../field/field-path.ts'
import { goStructs } from './go-structs.ts'

/** A type in Go, as used in the configuration kinds. */
export type GoType =
  | { readonly kind: 'pointer'; readonly of: GoType }
  | { readonly kind: 'list'; readonly of: GoType }
  | { readonly kind: 'map'; readonly of: GoType }
  | { readonly kind: 'struct'; readonly name: string }
  | { readonly kind: 'leaf'; readonly name: string }

export interface GoField {
  readonly name: string
  readonly type: GoType
  /** True if Go does not write its zero value. */
  readonly omitEmpty: boolean
  /** The minor of the first release that has it, if an older one that kadm deploys does not. */
  readonly since?: number
}

const read = new Map<string, ReadonlyMap<string, GoField>>()

/** Returns the fields of a struct, such as a configuration kind; undefined for an unknown name. */
export function fieldsOf(struct: string): ReadonlyMap<string, GoField> | undefined {
  const known = read.get(struct)
  const text = Object.hasOwn(goStructs, struct) ? goStructs[struct] : undefined
  if (known !== undefined || text === undefined) return known
  const fields = new Map(text.split('; ').map(one => [one.slice(0, one.indexOf(' ')), fieldOf(one)]))
  read.set(struct, fields)
  return fields
}

/** True if the field at a path of a struct is an integer. */
export function isWholeAt(struct: string, path: FieldPath): boolean {
  let type: GoType = { kind: 'struct', name: struct }
  for (const part of path) {
    while (type.kind === 'pointer') type = type.of
    const next: GoType | undefined =
      type.kind === 'struct' ? fieldsOf(type.name)?.get(String(part))?.type : type.kind === 'leaf' ? undefined : type.of
    if (next === undefined) return false
    type = next
  }
  while (type.kind === 'pointer') type = type.of
  return type.kind === 'leaf' && /^u?int/.test(type.name)
}

/** Parses one field of the table: `bindPort int32,omitempty`. */
function fieldOf(text: string): GoField {
  const [named = '', ...options] = text.split(',')
  const [name = '', type = ''] = named.split(' ')
  const since = options.find(option => option.startsWith('since='))?.slice('since='.length)
  return {
    name,
    type: typeOf(type),
    omitEmpty: options.includes('omitempty'),
    ...(since === undefined ? {} : { since: Number(since) }),
  }
}

function typeOf(text: string): GoType {
  if (text.startsWith('*')) return { kind: 'pointer', of: typeOf(text.slice(1)) }
  if (text.startsWith('[]')) return { kind: 'list', of: typeOf(text.slice(2)) }
  if (text.startsWith('map[string]')) return { kind: 'map', of: typeOf(text.slice('map[string]'.length)) }
  return { kind: Object.hasOwn(goStructs, text) ? 'struct' : 'leaf', name: text }
}
