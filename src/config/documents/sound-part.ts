import type * as z from 'zod'
import type { Json } from '../../cluster/json.ts'
import type { Problem } from '../../errors/kadm-error.ts'
import type { Fault, FieldPath } from '../field/field-path.ts'
import type { TypedTree } from '../typed/reading.ts'
import type { Drafts } from './drafts.ts'
import { checkSchema } from './schema-check.ts'

export interface ReadDocument<T> {
  readonly faults: readonly Fault[]
  /** The document without invalid fields; absent if nothing valid is left. */
  readonly value?: T
}

/** Reads a document with a schema, and its valid part, so that this part can be validated in the same pass. */
export function readDocument<S extends z.ZodType>(
  schema: S,
  kind: string,
  typed: TypedTree,
): ReadDocument<z.output<S>> {
  const part = structuredClone(typed.tree)
  for (const { path } of typed.faults) remove(part, wholeList(path))
  const whole = checkSchema(schema, kind, part)
  if ('value' in whole) return { faults: typed.faults, value: whole.value }
  for (const { path } of whole.faults) remove(part, wholeList(path))
  const rest = schema.safeParse(part)
  return { faults: [...typed.faults, ...whole.faults], ...(rest.success ? { value: rest.data } : {}) }
}

/** Returns all problems of one pass: of the file and the flags, of fields, and of known values. */
export function allProblems(
  { problemOf }: Pick<Drafts, 'problemOf'>,
  opened: readonly Problem[],
  faults: readonly Fault[],
  judged: readonly Fault[],
): readonly Problem[] {
  // For a duplicate key, the intended value is unknown.
  const isOpen = ({ field = '' }: Problem) => opened.some(one => one.field !== undefined && field.startsWith(one.field))
  const known = unexplained(judged, faults).map(problemOf)
  return [...opened, ...faults.map(problemOf), ...known.filter(problem => !isOpen(problem))]
}

/** Returns errors in the valid part, except those caused by fields without a valid value, which is unknown. */
function unexplained(judged: readonly Fault[], faults: readonly Fault[]): readonly Fault[] {
  const silent = faults.map(({ kind, path }) => ({ kind, path: surroundings(path) }))
  return judged.filter(({ kind, path }) => !silent.some(one => one.kind === kind && areRelated(one.path, path)))
}

/** Fields of one group can refer to each other; the top of a document is not a group. */
function surroundings(path: FieldPath): FieldPath {
  const field = wholeList(path)
  return field.length > 1 ? field.slice(0, -1) : field
}

/** Without an element, errors would have wrong indices for the others. */
function wholeList(path: FieldPath): FieldPath {
  const element = path.findIndex(part => typeof part === 'number')
  return element === -1 ? path : path.slice(0, element)
}

function areRelated(one: FieldPath, other: FieldPath): boolean {
  return one.every((part, i) => i >= other.length || part === other[i])
}

function remove(tree: Json, path: FieldPath): void {
  const [first, ...rest] = path
  if (first === undefined || typeof tree !== 'object' || tree === null) return
  const fields = tree as Record<string, Json>
  if (rest.length > 0) remove(fields[first] ?? null, rest)
  else delete fields[first]
}
