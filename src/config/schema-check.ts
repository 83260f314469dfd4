import type * as z from 'zod'
import type { JsonObject } from '../cluster/json.ts'
import { type Fault, type FieldPath, valueAt } from './field-path.ts'
import { suggestName } from './nearest-name.ts'

export type Checked<T> = { readonly value: T; readonly faults: readonly [] } | { readonly faults: readonly Fault[] }

/** Reads a document with a schema; every unknown field and wrong type is a fault of its own. */
export function checkSchema<S extends z.ZodType>(schema: S, kind: string, tree: JsonObject): Checked<z.output<S>> {
  const result = schema.safeParse(tree)
  if (result.success) return { value: result.data, faults: [] }
  return { faults: result.error.issues.flatMap(issue => faultsOfIssue(schema, kind, tree, issue)) }
}

function faultsOfIssue(schema: z.ZodType, kind: string, tree: JsonObject, issue: z.core.$ZodIssue): Fault[] {
  const path = issue.path.map(part => (typeof part === 'number' ? part : String(part)))
  if (issue.code === 'unrecognized_keys') {
    const names = fieldNames(schema, path)
    return issue.keys.map(key => {
      return { kind, path: [...path, key], message: `unknown field "${key}"`, remedy: suggestName(key, names) }
    })
  }
  if (issue.code === 'invalid_type') return [{ kind, path, ...wrongType(issue.expected, valueAt(tree, path)) }]
  const remedy = issue.code === 'custom' ? issue.params?.remedy : undefined
  return [{ kind, path, message: issue.message, ...(typeof remedy === 'string' ? { remedy } : {}) }]
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a set of fields',
  record: 'a set of fields',
}

function wrongType(expected: string, value: unknown): { message: string; remedy: string } {
  const wanted = typeNames[expected] ?? expected
  const found = Array.isArray(value) ? 'a list' : value === null ? 'nothing' : (typeNames[typeof value] ?? 'nothing')
  const message = `must be ${wanted}, not ${found}`
  if (expected === 'string' && typeof value !== 'object') return { message, remedy: 'put the value in quotes' }
  if (expected === 'boolean') return { message, remedy: 'write true or false, without quotes' }
  if (expected === 'array') return { message, remedy: 'start each element on its own line with "- "' }
  return { message, remedy: `write ${wanted}` }
}

interface Walkable {
  readonly type: string
  readonly innerType?: z.ZodType
  readonly in?: z.ZodType
  readonly element?: z.ZodType
  readonly valueType?: z.ZodType
  readonly shape?: Readonly<Record<string, z.ZodType>>
}

/** Names of the fields that a schema knows at a path. */
function fieldNames(schema: z.ZodType, path: FieldPath): readonly string[] {
  let at: z.ZodType | undefined = unwrap(schema)
  for (const part of path) {
    const def: Walkable | undefined = at && definition(at)
    const next: z.ZodType | undefined = def?.element ?? def?.valueType ?? def?.shape?.[part]
    at = next && unwrap(next)
  }
  return at === undefined ? [] : Object.keys(definition(at).shape ?? {})
}

function unwrap(schema: z.ZodType): z.ZodType {
  const def = definition(schema)
  const inner = def.innerType ?? def.in
  return inner === undefined ? schema : unwrap(inner)
}

function definition(schema: z.ZodType): Walkable {
  return schema.def as unknown as Walkable
}
