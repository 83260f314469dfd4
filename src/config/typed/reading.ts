import type { Json, JsonObject } from '../../cluster/json.ts'
import type { Fault, FieldPath } from '../field/field-path.ts'
import { suggestName } from '../field/nearest-name.ts'
import { leafOf, wrongType } from './go-leaves.ts'
import { fieldsOf, type GoType } from './go-types.ts'

export interface TypedTree {
  /** The values as Go writes them, without null fields. Fields of a wrong type stay unchanged. */
  readonly tree: JsonObject
  readonly faults: readonly Fault[]
}

interface Reading {
  readonly kind: string
  readonly faults: Fault[]
}

/** In kubeadm's own kinds an empty string is the same as none. */
const keepsEmptyTexts = ['KubeletConfiguration', 'KubeProxyConfiguration']

/**
 * Reads a document by the Go types of its kind, as strictly as kubeadm's decoder: unknown fields and values of a wrong
 * type are errors. A kind without a type stays unchanged.
 */
export function readTyped(kind: string, tree: JsonObject): TypedTree {
  const reading: Reading = { kind, faults: [] }
  return { tree: readStruct(kind, tree, [], reading), faults: reading.faults }
}

function readStruct(struct: string, tree: JsonObject, path: FieldPath, reading: Reading): JsonObject {
  const fields = fieldsOf(struct)
  if (fields === undefined) return tree
  const read = Object.entries(tree).map(([name, value]): readonly [string, Json | undefined] => {
    const field = fields.get(name)
    if (value === undefined) return [name, undefined]
    if (field === undefined) {
      const remedy = suggestName(name, [...fields.keys()])
      reading.faults.push({
        kind: reading.kind,
        path: [...path, name],
        message: `unknown field "${name}"`,
        remedy,
        unknownField: true,
      })
      return [name, value]
    }
    const found = readValue(field.type, value, [...path, name], reading)
    const isEmptyText = found === '' && field.type.kind === 'leaf' && !keepsEmptyTexts.includes(reading.kind)
    return [name, isEmptyText ? undefined : found]
  })
  return Object.fromEntries(read.filter(([, value]) => value !== undefined))
}

/** Returns the value by its type; undefined for null, where Go keeps the previous value. */
function readValue(type: GoType, value: Json, path: FieldPath, reading: Reading): Json | undefined {
  if (type.kind === 'pointer') return value === null ? undefined : readValue(type.of, value, path, reading)
  if (type.kind === 'leaf') return readLeaf(type.name, value, path, reading)
  if (value === null) return undefined
  if (type.kind === 'list') {
    if (!Array.isArray(value))
      return refuse(value, path, reading, 'a list', 'start each element on its own line with "- "')
    return value.map((item, i) => readValue(type.of, item, [...path, i], reading) ?? zeroOf(type.of))
  }
  if (typeof value !== 'object' || Array.isArray(value)) return refuse(value, path, reading, 'a mapping')
  const fields = value as JsonObject
  if (type.kind === 'struct') return readStruct(type.name, fields, path, reading)
  const entries = Object.entries(fields).map(([key, item]) => {
    return [key, readValue(type.of, item ?? null, [...path, key], reading) ?? zeroOf(type.of)] as const
  })
  return Object.fromEntries(entries)
}

function readLeaf(name: string, value: Json, path: FieldPath, reading: Reading): Json | undefined {
  const leaf = leafOf(name)
  if (value === null && leaf.readNull === undefined) return undefined
  const read = value === null ? leaf.readNull : leaf.read(value)
  if (read !== undefined && 'value' in read) return read.value
  reading.faults.push({ kind: reading.kind, path, ...(read ?? wrongType(name, value)) })
  return value
}

function refuse(value: Json, path: FieldPath, reading: Reading, wanted: string, remedy?: string): Json {
  reading.faults.push({ kind: reading.kind, path, ...wrongType(wanted, value, remedy) })
  return value
}

/** Returns Go's value for null in a list or a map. */
function zeroOf(type: GoType): Json {
  if (type.kind === 'struct') return {}
  return type.kind === 'leaf' ? leafOf(type.name).zero : null
}
