import { isMap, type Json, type JsonObject } from '../../cluster/json.ts'
import { formatQuantity } from '../../cluster/quantity.ts'
import { type ApiField, apiFieldsOf, itemType } from './api-types.ts'

/** An unknown field, or a value of the wrong type. */
export interface ApiFault {
  /** `spec.containers[0].image` */
  readonly path: string
  readonly message: string
}

export interface ReadApiObject {
  /** As Go writes it after reading it: without zero values, with canonical quantities. */
  readonly tree: JsonObject
  readonly faults: readonly ApiFault[]
}

/** Reads a tree as an object of the Kubernetes API. An unknown field, which Go drops silently, is an error. */
export function readApiObject(type: string, tree: JsonObject): ReadApiObject {
  const faults: ApiFault[] = []
  return { tree: readStruct(type, tree, '', faults), faults }
}

function readStruct(type: string, tree: JsonObject, path: string, faults: ApiFault[]): JsonObject {
  const fields = apiFieldsOf(type) ?? new Map<string, ApiField>()
  for (const name of Object.keys(tree)) {
    if (!fields.has(name)) faults.push({ path: below(path, name), message: `${type} has no field "${name}"` })
  }
  const read = [...fields].map(([name, field]) => [name, readField(field, tree[name], below(path, name), faults)])
  return Object.fromEntries(read.filter(([, value]) => value !== undefined))
}

/** undefined if Go would leave the field out. */
function readField(field: ApiField, value: Json | undefined, path: string, faults: ApiFault[]): Json | undefined {
  const { type, pointer, always } = field
  if (value === undefined || value === null) return always ? zeroOf(field) : undefined
  const read = readValue(type, value, path, faults)
  return always || pointer || !isZero(read) ? read : undefined
}

function readValue(type: string, value: Json, path: string, faults: ApiFault[]): Json {
  if (type === 'any') return value
  if (type.startsWith('[]')) {
    if (!Array.isArray(value)) return misfit('a list')
    return value.map((item, i) => readValue(itemType(type), item, `${path}[${i}]`, faults))
  }
  if (scalars[type] === undefined) {
    if (!isMap(value)) return misfit('a mapping')
    if (!type.startsWith('{}')) return readStruct(type, value, path, faults)
    const entries = Object.entries(value).filter(([, item]) => item !== undefined)
    const read = entries.map(([key, item]) => [key, readValue(itemType(type), item as Json, `${path}.${key}`, faults)])
    return Object.fromEntries(read)
  }
  const { what, fits } = scalars[type]
  if (!fits(value)) return misfit(what)
  return type === 'quantity' ? (formatQuantity(String(value)) ?? value) : value

  function misfit(what: string): Json {
    faults.push({ path, message: `is not ${what}` })
    return value
  }
}

const scalars: Readonly<Record<string, { readonly what: string; readonly fits: (value: Json) => boolean }>> = {
  string: { what: 'a string', fits: value => typeof value === 'string' },
  time: { what: 'a time', fits: value => typeof value === 'string' && !Number.isNaN(Date.parse(value)) },
  bool: { what: 'true or false', fits: value => typeof value === 'boolean' },
  int: { what: 'a whole number', fits: isWhole },
  intOrString: { what: 'a whole number or a string', fits: v => typeof v === 'string' || isWhole(v) },
  quantity: {
    what: 'a quantity such as 100Mi or 500m',
    fits: value => ['string', 'number', 'bigint'].includes(typeof value) && formatQuantity(String(value)) !== undefined,
  },
}

function isWhole(value: Json): boolean {
  return typeof value === 'bigint' || Number.isInteger(value)
}

/** Returns what Go writes for a field that is always present but not set. */
function zeroOf({ type, pointer }: ApiField): Json {
  if (pointer || /^(\[\]|\{\})/.test(type)) return null
  if (apiFieldsOf(type) !== undefined) return readStruct(type, {}, '', [])
  const zeros: Readonly<Record<string, Json>> = { any: {}, string: '', bool: false, quantity: '0' }
  return zeros[type] ?? 0
}

function isZero(value: Json): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0
  return value === '' || value === 0 || value === false || value === null
}

function below(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}
