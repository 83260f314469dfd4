import { isMap, type Json } from './json.ts'

/** Applies a JSON merge patch, RFC 7386: maps are merged, null removes a key, any other value replaces it. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isMap(patch)) return patch
  const merged: Record<string, Json | undefined> = isMap(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else if (value !== undefined) merged[key] = mergePatch(merged[key], value)
  }
  return merged
}
