import * as z from 'zod'
import { parseDuration } from '../cluster/duration.ts'
import { formatQuantity } from '../cluster/quantity.ts'
import { type FieldSpec, type FieldTable, isList, type Leaf, readLeaf } from './field-table.ts'

/** The strict schema of a component configuration: unknown fields and wrong types are faults. */
export function schemaOfTable(table: FieldTable): z.ZodObject {
  return z.strictObject({ apiVersion: z.string().optional(), kind: z.string().optional(), ...fieldSchemas(table) })
}

function fieldSchemas(table: FieldTable): Record<string, z.ZodType> {
  return Object.fromEntries(Object.entries(table).map(([name, spec]) => [name, schemaOfSpec(spec).optional()]))
}

function schemaOfSpec(spec: FieldSpec): z.ZodType {
  if (typeof spec === 'string') return schemaOfLeaf(spec)
  if (!isList(spec)) return z.strictObject(fieldSchemas(spec))
  const [first, second] = spec
  return first === '*'
    ? z.strictObject(fieldSchemas(second as FieldTable))
    : z.array(z.strictObject(fieldSchemas(first as FieldTable)))
}

const duration = z.string().refine(text => parseDuration(text) !== undefined, {
  error: 'is not a duration',
  params: { remedy: 'write a number with a unit: ns, us, ms, s, m or h, such as 1m30s' },
})
const amount = z.custom<string | number>(
  value => (typeof value === 'string' || typeof value === 'number') && formatQuantity(String(value)) !== undefined,
  { error: 'is not a quantity', params: { remedy: 'write an amount such as 100Mi or 500m' } },
)
const text = z.string()

const leaves = {
  string: text,
  bool: z.boolean(),
  int: z.int(),
  float: z.number(),
  duration,
  logDuration: z.custom<string | number>(
    value => typeof value === 'number' || (typeof value === 'string' && parseDuration(value) !== undefined),
    { error: 'is not a duration', params: { remedy: 'write a duration such as 5s' } },
  ),
  quantity: amount,
  strings: z.array(text),
  ints: z.array(z.int()),
  texts: z.record(text, text),
  bools: z.record(text, z.boolean()),
  lists: z.record(text, z.array(text)),
  quantities: z.record(text, amount),
} as const

function schemaOfLeaf(leaf: Leaf): z.ZodType {
  return leaves[readLeaf(leaf).kind]
}
