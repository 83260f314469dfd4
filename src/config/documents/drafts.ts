import { given } from '../../cluster/given.ts'
import type { Json, JsonObject } from '../../cluster/json.ts'
import type { Problem } from '../../errors/kadm-error.ts'
import { type Fault, type FieldPath, showPath, valueAt } from '../field/field-path.ts'
import { readTyped, type TypedTree } from '../typed/reading.ts'
import type { ConfigDocument } from './documents.ts'

/** The documents of a run with flags on top. Records the source of each value. */
export interface Drafts {
  /** Returns the document by the Go types of its kind. Invalid values are reported and stay in the tree. */
  readonly typed: (kind: string) => TypedTree
  /** Returns its tree. */
  readonly read: (kind: string) => JsonObject
  readonly valueAt: (kind: string, path: FieldPath) => unknown
  /** `flag` is the name of a flag, or of an argument: `<endpoint>`. */
  readonly set: (kind: string, path: FieldPath, value: Json, flag: string) => void
  readonly remove: (kind: string, path: FieldPath) => void
  /** Adds the source of an invalid value: a flag, or a line of a file. */
  readonly problemOf: (fault: Fault) => Problem
}

type Tree = Record<string | number, unknown>

/** Creates drafts from the documents of a file, or empty ones without a file. */
export function createDrafts(documents: ReadonlyMap<string, ConfigDocument>): Drafts {
  const trees = new Map<string, Tree>([...documents].map(([kind, doc]) => [kind, structuredClone(doc.tree) as Tree]))
  const written: { readonly key: string; readonly flag: string }[] = []
  const typed = (kind: string) => readTyped(kind, (trees.get(kind) ?? {}) as JsonObject)
  return {
    typed,
    read: kind => typed(kind).tree,
    valueAt: (kind, path) => valueAt(trees.get(kind), path),
    set(kind, path, value, flag) {
      const tree = trees.get(kind) ?? {}
      trees.set(kind, tree)
      assign(tree, path, value)
      written.push({ key: `${kind}.${showPath(path)}`, flag })
    },
    remove(kind, path) {
      if (valueAt(trees.get(kind), path) !== undefined) assign(trees.get(kind) ?? {}, path, undefined)
    },
    problemOf({ kind, path, message, remedy }) {
      const key = path.length === 0 ? kind : `${kind}.${showPath(path)}`
      const by = written.findLast(entry => key === entry.key || isBelow(key, entry.key))
      const rest = { message, ...given({ remedy }) }
      if (by !== undefined) return { field: by.flag.startsWith('<') ? by.flag : `--${by.flag}`, ...rest }
      const doc = documents.get(kind)
      return { field: key, ...given({ file: doc?.file, line: doc?.lineOf(path) }), ...rest }
    },
  }
}

function isBelow(key: string, parent: string): boolean {
  return key.startsWith(parent) && /^[.[]/.test(key.slice(parent.length))
}

/** Sets a value in a tree, and creates missing parents or replaces those that are not containers. */
function assign(tree: Tree, path: FieldPath, value: unknown): void {
  let at: Tree = tree
  path.forEach((part, i) => {
    if (i === path.length - 1) at[part] = value
    else {
      const next = at[part]
      const usable = typeof next === 'object' && next !== null
      const child = usable ? next : typeof path[i + 1] === 'number' ? [] : {}
      at[part] = child
      at = child as Tree
    }
  })
}
