import { isMap, type Json, type JsonObject } from '../../cluster/json.ts'
import { type ApiField, apiFieldsOf, itemType } from './api-types.ts'
import { mergeList, reorder } from './merge-list.ts'
import { PatchFault } from './patch-fault.ts'

const directive = '$patch'
const retainKeys = '$retainKeys'
const setOrder = '$setElementOrder/'
const deleteFrom = '$deleteFromPrimitiveList/'

/**
 * Applies a strategic merge patch: like a merge patch, but lists with a merge key are merged by item, and directives
 * are applied. `type` is one of the table, or `any`, for which all lists are replaced. Source:
 * k8s.io/apimachinery/pkg/util/strategicpatch. Throws PatchFault.
 */
export function strategicMerge(original: JsonObject, patch: JsonObject, type: string): JsonObject {
  if (patch[directive] !== undefined) return mergeByDirective(patch)
  const merged: Record<string, Json | undefined> = { ...original }
  retain(merged, patch)
  const ordered = Object.keys(patch).filter(key => key.startsWith(setOrder))
  const done = new Set<string>([retainKeys, ...ordered, ...ordered.map(key => key.slice(setOrder.length))])
  for (const key of ordered) orderList(merged, patch, key.slice(setOrder.length), type)
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined || done.has(key)) continue
    if (key.startsWith(deleteFrom)) deleteItems(merged, key.slice(deleteFrom.length), value)
    else mergeField(merged, key, value, type)
  }
  return merged
}

/** On a map: replace uses the patch unchanged, delete leaves nothing. */
function mergeByDirective({ [directive]: what, ...rest }: JsonObject): JsonObject {
  if (what === 'replace') return rest
  if (what === 'delete') return {}
  throw new PatchFault(`"${directive}: ${String(what)}" is not known; there are replace and delete`)
}

/** Keeps only the keys in the directive. */
function retain(merged: Record<string, Json | undefined>, patch: JsonObject): void {
  const listed = patch[retainKeys]
  if (listed === undefined) return
  if (!Array.isArray(listed)) throw new PatchFault(`"${retainKeys}" is not a list`)
  const unlisted = Object.keys(patch).find(key => patch[key] !== null && !key.startsWith('$') && !listed.includes(key))
  if (unlisted !== undefined) throw new PatchFault(`"${retainKeys}" does not list "${unlisted}", which the patch sets`)
  for (const key of Object.keys(merged)) if (!listed.includes(key)) delete merged[key]
}

function deleteItems(merged: Record<string, Json | undefined>, key: string, items: Json): void {
  const list = merged[key]
  if (Array.isArray(list) && Array.isArray(items)) merged[key] = list.filter(item => !items.includes(item))
}

function mergeField(merged: Record<string, Json | undefined>, key: string, value: Json, type: string): void {
  const found = merged[key]
  if (value === null) delete merged[key]
  else if (isMap(found) && isMap(value)) merged[key] = strategicMerge(found, value, fieldOf(type, key).type)
  else if (Array.isArray(found) && Array.isArray(value)) merged[key] = mergeItems(found, value, fieldOf(type, key))
  else {
    const plain = withoutDirectives(value)
    if (plain === undefined) delete merged[key]
    else merged[key] = plain
  }
}

function mergeItems(found: readonly Json[], value: readonly Json[], { type, mergeKey }: ApiField): Json {
  if (mergeKey === undefined) return value
  return mergeList(found, value, mergeKey, (a, b) => strategicMerge(a, b, itemType(type)))
}

/** `$setElementOrder/name`: merges the list of this name, then sorts it as the directive says. */
function orderList(merged: Record<string, Json | undefined>, patch: JsonObject, key: string, type: string): void {
  const order = patch[`${setOrder}${key}`]
  const found = merged[key]
  const value = patch[key]
  if (!Array.isArray(order)) throw new PatchFault(`"${setOrder}${key}" is not a list`)
  if (value !== undefined) mergeField(merged, key, value, type)
  const { mergeKey = '' } = fieldOf(type, key)
  const result = merged[key]
  if (Array.isArray(result)) merged[key] = reorder(result, order, Array.isArray(found) ? found : [], mergeKey)
}

function fieldOf(type: string, key: string): ApiField {
  const any = { type: 'any', pointer: false, always: false }
  if (type === 'any') return any
  const field = apiFieldsOf(type)?.get(key)
  if (field !== undefined) return field
  throw new PatchFault(`${type} has no field "${key}"`)
}

/** Returns a new value without directives and null; undefined if it is a directive or null itself. */
function withoutDirectives(value: Json): Json | undefined {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter(item => item !== undefined)
  if (!isMap(value)) return value
  if (value[directive] !== undefined) return undefined
  const kept = Object.entries(value).flatMap(([key, field]) => {
    const plain = field === null || field === undefined ? undefined : withoutDirectives(field)
    return plain === undefined || isMark(key) ? [] : [[key, plain] as const]
  })
  return Object.fromEntries(kept)
}

function isMark(key: string): boolean {
  return key === retainKeys || key.startsWith(setOrder) || key.startsWith(deleteFrom)
}
