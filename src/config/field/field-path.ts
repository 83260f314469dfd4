import { given } from '../../cluster/given.ts'
/** The path of a value in a document: `['bootstrapTokens', 0, 'token']`. */
export type FieldPath = readonly (string | number)[]

/** One error of a configuration, before its position in the file is known. */
export interface Fault {
  /** Kind of the document, such as `ClusterConfiguration`. */
  readonly kind: string
  readonly path: FieldPath
  readonly message: string
  readonly remedy?: string
  /** True if the kind has no such field. */
  readonly unknownField?: true
}

/** Formats a path: `bootstrapTokens[0].token`. */
export function showPath(path: FieldPath): string {
  return path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('')
}

/** Returns the value at a path; undefined if there is none. */
export function valueAt(tree: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, part)
        ? (value as Record<string | number, unknown>)[part]
        : undefined,
    tree,
  )
}

/** Returns a function that creates an error for a kind. */
export function faultsOf(kind: string): (path: FieldPath, message: string, remedy?: string) => Fault {
  return (path, message, remedy) => ({ kind, path, message, ...given({ remedy }) })
}
