import { given } from '../../cluster/given.ts'
import { apiTypeTable } from './api-type-table.ts'

/** The type and the merge strategy of a field in the Kubernetes API. */
export interface ApiField {
  /** A scalar (`string`), a type of the table, `any`, or one of these in a list or map (`[]Container`, `{}string`). */
  readonly type: string
  /** True if its zero value differs from its absence. */
  readonly pointer: boolean
  /** True if Go writes it even if it is not set. */
  readonly always: boolean
  /** The key of items by which strategic patches merge the list; empty for a list of strings. */
  readonly mergeKey?: string
}

let table: ReadonlyMap<string, ReadonlyMap<string, ApiField>> | undefined

/** Returns the fields of a type by name; undefined for a type without fields, such as `string` or `{}string`. */
export function apiFieldsOf(type: string): ReadonlyMap<string, ApiField> | undefined {
  table ??= new Map(apiTypeTable.trim().split('\n').map(parseType))
  return table.get(type)
}

/** Returns the type of the items of a list or map. */
export function itemType(type: string): string {
  return type.replace(/^(\[\]|\{\})/, '')
}

function parseType(line: string): [string, ReadonlyMap<string, ApiField>] {
  const [name = '', ...fields] = line.split(' ')
  return [name, new Map(fields.map(parseField))]
}

function parseField(text: string): [string, ApiField] {
  const [, name = '', pointer, type = '', always, merge] = /^(\w+):(\*?)([^!=]+)(!?)(=\w*)?$/.exec(text) ?? []
  const mergeKey = given({ mergeKey: merge?.slice(1) })
  return [name, { type, pointer: pointer === '*', always: always === '!', ...mergeKey }]
}
