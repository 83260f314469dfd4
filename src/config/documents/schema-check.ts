import type * as z from 'zod'
import type { JsonObject } from '../../cluster/json.ts'
import type { Fault } from '../field/field-path.ts'

export type SchemaResult<T> =
  | { readonly value: T; readonly faults: readonly [] }
  | { readonly faults: readonly Fault[] }

/** Applies the schema of a document whose value types were already checked. */
export function checkSchema<S extends z.ZodType>(schema: S, kind: string, tree: JsonObject): SchemaResult<z.output<S>> {
  const result = schema.safeParse(tree)
  if (result.success) return { value: result.data, faults: [] }
  return { faults: result.error.issues.map(issue => faultOf(kind, issue)) }
}

function faultOf(kind: string, issue: z.core.$ZodIssue): Fault {
  const path = issue.path.map(part => (typeof part === 'number' ? part : String(part)))
  const remedy = issue.code === 'custom' ? issue.params?.remedy : undefined
  return { kind, path, message: issue.message, ...(typeof remedy === 'string' ? { remedy } : {}) }
}
