import type { Json, JsonObject } from '../../cluster/json.ts'
import { leafOf } from './go-leaves.ts'
import { fieldsOf, type GoField, type GoType } from './go-types.ts'

/**
 * Returns a configuration, or a part of one, as Go writes it: zero values that its type prints are included, others
 * left out, values formatted as in Go. Unknown fields are kept.
 */
export function asGoWrites(struct: string, tree: JsonObject): JsonObject {
  const fields = fieldsOf(struct) ?? new Map<string, GoField>()
  const unknown = Object.entries(tree).filter(([name]) => !fields.has(name))
  const known = [...fields.values()].map(
    field => [field.name, writeField(field, tree[field.name] ?? undefined)] as const,
  )
  return Object.fromEntries([...unknown, ...known].filter(([, value]) => value !== undefined))
}

/**
 * Restores the durations as written, because those in memory have milliseconds and no nanoseconds. Both trees have the
 * same struct.
 */
export function withDurationsOf(struct: string, tree: JsonObject, written: JsonObject): JsonObject {
  const adjusted = [...(fieldsOf(struct)?.values() ?? [])].flatMap(({ name, type }) => {
    const [value, source] = [tree[name], written[name]]
    if (value === undefined || source === undefined) return []
    return [[name, adjust(type, value, source)] as const]
  })
  return { ...tree, ...Object.fromEntries(adjusted) }
}

function adjust(type: GoType, value: Json, source: Json): Json {
  if (type.kind === 'pointer') return adjust(type.of, value, source)
  if (type.kind === 'leaf') return type.name === 'v1.Duration' ? source : value
  if (type.kind === 'list') {
    const [items, sources] = [value as readonly Json[], source as readonly Json[]]
    const fits = Array.isArray(items) && Array.isArray(sources) && items.length === sources.length
    return fits ? items.map((item, i) => adjust(type.of, item, sources[i] ?? null)) : value
  }
  if (type.kind === 'map' || value === null || source === null) return value
  return withDurationsOf(type.name, value as JsonObject, source as JsonObject)
}

function writeField({ type, omitEmpty }: GoField, value: Json | undefined): Json | undefined {
  if (type.kind === 'struct') return asGoWrites(type.name, (value ?? {}) as JsonObject)
  if (type.kind === 'leaf') {
    const { zero, isStruct } = leafOf(type.name)
    const written = value === undefined ? zero : spelled(type, value)
    return omitEmpty && !isStruct && written === zero ? undefined : written
  }
  if (value === undefined) return omitEmpty ? undefined : null
  const isEmpty = type.kind !== 'pointer' && Object.keys(value as object).length === 0
  return omitEmpty && isEmpty ? undefined : spelled(type, value)
}

function spelled(type: GoType, value: Json): Json {
  if (value === null) return null
  if (type.kind === 'pointer') return spelled(type.of, value)
  if (type.kind === 'struct') return asGoWrites(type.name, value as JsonObject)
  if (type.kind === 'list') return (value as readonly Json[]).map(item => spelled(type.of, item))
  if (type.kind === 'map') {
    return Object.fromEntries(
      Object.entries(value as JsonObject).map(([key, item]) => [key, spelled(type.of, item ?? null)]),
    )
  }
  const read = leafOf(type.name).read(value)
  return 'value' in read ? read.value : value
}
