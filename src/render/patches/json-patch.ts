import { applyPatch, type Operation } from 'rfc6902'
import type { Json, JsonObject } from '../../cluster/json.ts'
import { PatchFault } from './patch-fault.ts'

/** Applies a JSON Patch, RFC 6902: the operations in order, all or nothing. */
export function jsonPatch(tree: JsonObject, operations: Json): JsonObject {
  const root = { tree: structuredClone(tree) }
  const list = (Array.isArray(operations) ? operations : []).map(rooted)
  const failed = apply(root, list)
  if (failed !== undefined) throw new PatchFault(failed)
  return root.tree
}

/** Adds a root, so that the whole document can be replaced like any part of it. */
function rooted(operation: Json): Operation {
  const { path, from, ...rest } = operation as JsonObject
  const under = (pointer: Json | undefined) => (typeof pointer === 'string' ? `/tree${pointer}` : undefined)
  return { ...rest, path: under(path), ...(from === undefined ? {} : { from: under(from) }) } as unknown as Operation
}

/** Returns the first failure as a sentence. */
function apply(root: { tree: JsonObject }, operations: readonly Operation[]): string | undefined {
  for (const [i, operation] of operations.entries()) {
    const which = `operation ${i + 1} (${operation.op} ${operation.path?.slice('/tree'.length) ?? ''})`
    const [error] = tryOne(root, operation)
    if (error?.name === 'TestError') return `${which}: the value differs`
    if (error?.name === 'MissingError') return `${which}: the path does not exist`
    if (error) return `${which}: this is not a JSON patch operation`
  }
  return undefined
}

function tryOne(root: object, operation: Operation): readonly (Error | null)[] {
  try {
    return applyPatch(root, [operation])
  } catch (error) {
    return [error as Error]
  }
}
