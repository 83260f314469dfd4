import { isMap, type Json, type JsonObject } from '../../cluster/json.ts'
import { PatchFault } from './patch-fault.ts'

type MergeItem = (found: JsonObject, patch: JsonObject) => JsonObject

/**
 * Merges a list into another by the key of its items (empty for a list of strings). Items of the patch keep their order
 * and precede items that are not in the patch, except where the old list had the reverse order.
 */
export function mergeList(
  found: readonly Json[],
  patch: readonly Json[],
  mergeKey: string,
  merge: MergeItem,
): readonly Json[] {
  if (mergeKey === '') return reorder([...new Set([...found, ...patch])], patch, found, mergeKey)
  const marked = patch.map(item => itemOf(item, mergeKey))
  const plain = marked.filter(item => item.$patch === undefined)
  for (const item of plain) keyOf(item, mergeKey)
  if (marked.some(item => item.$patch === 'replace')) return plain
  const gone = marked.filter(item => isDeletion(item)).map(item => keyOf(item, mergeKey))
  const kept = found.map(item => itemOf(item, mergeKey)).filter(item => !gone.includes(keyOf(item, mergeKey)))
  const merged: JsonObject[] = [...kept]
  for (const item of plain) {
    const at = merged.findIndex(other => other[mergeKey] === item[mergeKey])
    const old = merged[at]
    if (old === undefined) merged.push(item)
    else merged[at] = merge(old, item)
  }
  return reorder(merged, plain, kept, mergeKey)
}

/** Items in `order` have its order, the others that of the old list; both are interleaved. */
export function reorder(
  items: readonly Json[],
  order: readonly Json[],
  before: readonly Json[],
  mergeKey: string,
): readonly Json[] {
  const key = (item: Json) => (mergeKey === '' ? item : keyOf(itemOf(item, mergeKey), mergeKey))
  const placeIn = (list: readonly Json[]) => {
    const keys = list.map(key)
    return (item: Json) => keys.indexOf(key(item))
  }
  const [ordered, old] = [placeIn(order), placeIn(before)]
  const named = items.filter(item => ordered(item) >= 0).sort((a, b) => ordered(a) - ordered(b))
  const others = items.filter(item => ordered(item) < 0).sort((a, b) => old(a) - old(b))
  const woven: Json[] = []
  for (const item of named) {
    const place = old(item)
    while (place >= 0 && others[0] !== undefined && old(others[0]) >= 0 && old(others[0]) < place) {
      woven.push(others.shift() as Json)
    }
    woven.push(item)
  }
  return [...woven, ...others]
}

function isDeletion(item: JsonObject): boolean {
  if (item.$patch === 'delete') return true
  if (item.$patch === undefined || item.$patch === 'replace') return false
  throw new PatchFault(`"$patch: ${String(item.$patch)}" is not known in a list; there are replace and delete`)
}

function itemOf(item: Json, mergeKey: string): JsonObject {
  if (isMap(item)) return item
  throw new PatchFault(`a list item is not a mapping with the key "${mergeKey}"`)
}

function keyOf(item: JsonObject, mergeKey: string): Json {
  const key = item[mergeKey]
  if (key !== undefined) return key
  throw new PatchFault(`an item of the list lacks "${mergeKey}", by which the list is merged`)
}
