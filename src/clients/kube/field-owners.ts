import { isDeepStrictEqual } from 'node:util'
import { isMap, type Json } from '../../cluster/json.ts'
import type { KubeObject } from '../../cluster/kube-object.ts'
import { mergePatch } from '../../cluster/merge-patch.ts'
import { type FieldConflict, notOwner } from './failure.ts'
import { describeObject } from './kinds.ts'
import { type ApplyAs, refOf } from './kube.ts'

/** The keys that lead to a field. */
type Path = readonly string[]

/** The fields that one field manager applied. The server tracks list items by their keys; here a list is one field. */
interface Managed {
  readonly manager: string
  readonly fields: readonly Path[]
}

/** Returns the result of a server-side apply to a stored object. Throws API_CONFLICT as the server does. */
export function applied(old: KubeObject | undefined, object: KubeObject, as: ApplyAs): KubeObject {
  const fields = fieldsOf(object).filter(path => !isIdentity(path))
  const managed = managedOf(old)
  const others = managed.filter(({ manager }) => manager !== as.fieldManager)
  const conflicts = others.flatMap(other => conflictsWith(other, fields, { old, object }))
  if (conflicts.length > 0 && as.force !== true) throw notOwner(`applying ${describeObject(refOf(object))}`, conflicts)
  const before = managed.find(({ manager }) => manager === as.fieldManager)?.fields ?? []
  const dropped = before.filter(path => !holds(fields, path) && !others.some(other => holds(other.fields, path)))
  const kept = dropped.reduce<Json | undefined>((left, path) => mergePatch(left, nested(path)), old as Json | undefined)
  const lost = ({ fields: theirs, manager }: Managed) => ({
    manager,
    fields: theirs.filter(path => !(holds(fields, path) && differs(path, { old, object }))),
  })
  const managedFields = [...others.map(lost), { manager: as.fieldManager, fields }] as unknown as Json
  return mergePatch(kept, { ...object, metadata: { ...object.metadata, managedFields } } as Json) as KubeObject
}

interface Change {
  readonly old: KubeObject | undefined
  readonly object: KubeObject
}

function conflictsWith({ manager, fields }: Managed, wanted: readonly Path[], change: Change): FieldConflict[] {
  const taken = fields.filter(path => holds(wanted, path) && differs(path, change))
  return taken.map(path => ({ field: `.${path.join('.')}`, message: `conflict with "${manager}"` }))
}

function differs(path: Path, { old, object }: Change): boolean {
  return !isDeepStrictEqual(valueAt(old, path), valueAt(object, path))
}

/** Empty for an object of a real server, which stores owned fields in another form. */
function managedOf(object: KubeObject | undefined): readonly Managed[] {
  const entries = (object?.metadata.managedFields ?? []) as unknown as readonly Partial<Managed>[]
  return entries.flatMap(({ manager, fields }) => (manager && fields ? [{ manager, fields }] : []))
}

function fieldsOf(value: Json | undefined, path: Path = []): readonly Path[] {
  if (!isMap(value)) return [path]
  return Object.entries(value).flatMap(([key, inner]) => fieldsOf(inner, [...path, key]))
}

function isIdentity([first, second]: Path): boolean {
  return first === 'apiVersion' || first === 'kind' || (first === 'metadata' && /^name(space)?$/.test(second ?? ''))
}

function holds(fields: readonly Path[], path: Path): boolean {
  return fields.some(field => isDeepStrictEqual(field, path))
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce((inner, key) => (inner as Readonly<Record<string, unknown>> | undefined)?.[key], value)
}

/** Returns a merge patch that removes one field. */
function nested(path: Path): Json {
  return path.reduceRight<Json>((inner, key) => ({ [key]: inner }), null)
}
