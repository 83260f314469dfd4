import type { Json, JsonObject } from '../../cluster/json.ts'
import type { Problem } from '../../errors/kadm-error.ts'
import { floatPaths } from '../../yaml/place.ts'
import { type FieldPath, showPath, valueAt } from '../field/field-path.ts'
import { isWholeAt } from '../typed/go-types.ts'
import { doubledKeys, isUnreadable, type ReadText, readDocuments } from './read-documents.ts'

/** One document of a configuration file. */
export interface ConfigDocument {
  readonly apiVersion: string
  readonly kind: string
  readonly tree: JsonObject
  readonly file: string
  /** Returns the one-based line of a field, or of its nearest existing parent. */
  readonly lineOf: (path: FieldPath) => number
}

export interface ParsedDocuments {
  readonly documents: readonly ConfigDocument[]
  /** Errors of the text: YAML syntax, missing kind. */
  readonly problems: readonly Problem[]
  /** Duplicate keys; the tree contains the last one. */
  readonly duplicates: readonly Problem[]
}

/** Splits a file of YAML or JSON documents as kubeadm does, and keeps positions. */
export function parseDocuments(text: string, file: string): ParsedDocuments {
  const documents: ConfigDocument[] = []
  const problems: Problem[] = []
  const duplicates: Problem[] = []
  for (const read of readDocuments(text, { json: true })) {
    if (isUnreadable(read)) problems.push({ file, ...read })
    else if (!isIdentified(read.value)) problems.push({ file, line: read.lineOf([]), ...refusalOf(read.value) })
    else {
      const { value: tree, lineOf } = read
      const { apiVersion, kind } = tree
      duplicates.push(...doubledKeys(read).map(doubled => ({ ...doubled, file, field: `${kind}.${doubled.field}` })))
      problems.push(...badNumbers(read, kind).map(fault => ({ ...fault, file })))
      documents.push({ apiVersion, kind, tree, file, lineOf })
    }
  }
  return { documents, problems, duplicates }
}

/** Returns numbers of a JSON document that are not written as an integer, or that are out of range in Go. */
function badNumbers({ root, value, isJson, lineOf }: ReadText, kind: string): readonly Problem[] {
  const found = isJson ? floatPaths(root) : []
  return found.flatMap(path => {
    const at = { field: `${kind}.${showPath(path)}`, line: lineOf(path) }
    // In YAML, unlike JSON, infinity is a string.
    if (typeof valueAt(value, path) === 'string') {
      return [{ ...at, message: 'the number is too large', remedy: 'use a smaller number, or a quoted string' }]
    }
    if (!isWholeAt(kind, path)) return []
    const message = 'must be a whole number, without a point or an exponent in JSON'
    return [{ ...at, message, remedy: 'write a whole number' }]
  })
}

const unidentified = {
  message: 'kind and apiVersion is mandatory information that must be specified',
  remedy: 'start the document with "apiVersion: kubeadm.k8s.io/v1beta4" and "kind: ClusterConfiguration"',
}

function refusalOf(tree: Json): Pick<Problem, 'message' | 'remedy'> {
  if (tree === null) {
    const message = 'the document is empty or contains only comments'
    return { message, remedy: 'remove the "---" line, or move the comment into another document' }
  }
  if (typeof tree !== 'object' || Array.isArray(tree)) {
    return { message: 'the document is not a mapping', remedy: unidentified.remedy }
  }
  return unidentified
}

function isIdentified(tree: Json): tree is JsonObject & { apiVersion: string; kind: string } {
  if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) return false
  const { apiVersion, kind } = tree as JsonObject
  return [apiVersion, kind].every(value => typeof value === 'string' && value !== '')
}
