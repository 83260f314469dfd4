import { given } from '../../cluster/given.ts'
import { apiTypeTable } from './api-type-table.ts'

/** How a field of the Kubernetes API is typed and merged. */
export interface ApiField {
  /** A scalar (`string`), a type of the table, `any`, or one of these in a list or map (`[]Container`, `{}string`). */
  readonly type: string
  /** Its zero value differs from its absence. */
  readonly pointer: boolean
  /** Go writes it even when it is not set. */
  readonly always: boolean
  /** Strategic patches merge the list by this key of its items; empty for a list of texts. */
  readonly mergeKey?: string
}

let table: ReadonlyMap<string, ReadonlyMap<string, ApiField>> | undefined

/** The fields of a type by name; undefined for a type that has none, such as `string` or `{}string`. */
export function apiFieldsOf(type: string): ReadonlyMap<string, ApiField> | undefined {
  table ??= new Map(apiTypeTable.trim().split('\n').map(parseType))
  return table.get(type)
}

/** The type of the items of a list or map. */
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
