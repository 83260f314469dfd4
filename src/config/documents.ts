import { type Document, isMap, isPair, isScalar, isSeq, LineCounter, type Pair, parseAllDocuments, visit } from 'yaml'
import type { JsonObject } from '../cluster/json.ts'
import type { Problem } from '../errors/kadm-error.ts'
import { type FieldPath, showPath } from './field-path.ts'

/** One document of a configuration file. */
export interface ConfigDocument {
  readonly apiVersion: string
  readonly kind: string
  readonly tree: JsonObject
  readonly file: string
  /** One-based line of a field; of the nearest parent that was written when the field is not there. */
  readonly lineOf: (path: FieldPath) => number
}

export interface ParsedDocuments {
  readonly documents: readonly ConfigDocument[]
  /** Faults of the text itself: YAML syntax, missing kind. */
  readonly problems: readonly Problem[]
  /** Keys that are written twice; the last one wins in the tree. */
  readonly duplicates: readonly Problem[]
}

/** Splits a file of YAML or JSON documents, keeping positions. Empty documents are left out. */
export function parseDocuments(text: string, file: string): ParsedDocuments {
  const lines = new LineCounter()
  const options = {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
    merge: true,
    logLevel: 'error',
  } as const
  const parsed = parseAllDocuments(text, options)
  const documents: ConfigDocument[] = []
  const problems: Problem[] = []
  const duplicates: Problem[] = []
  const lineAt = (offset: number | undefined) => lines.linePos(offset ?? 0).line
  for (const doc of 'empty' in parsed ? [] : parsed) {
    // What the parser says after its first error are consequences of it.
    const [error] = doc.errors
    if (error !== undefined) problems.push({ file, line: lineAt(error.pos[0]), message: error.message, ...unreadable })
    if (error !== undefined || doc.contents === null || (isScalar(doc.contents) && doc.contents.value === null))
      continue
    const line = lineAt(doc.contents.range?.[0])
    const tree = readTree(doc)
    if (typeof tree === 'string') problems.push({ file, line, message: tree })
    else if (!isIdentified(tree)) problems.push({ file, line, ...unidentified })
    else {
      const { apiVersion, kind } = tree
      duplicates.push(...findDuplicates(doc, kind, file, lineAt))
      documents.push({ apiVersion, kind, tree, file, lineOf: path => lineAt(offsetOf(doc, path)) })
    }
  }
  return { documents, problems, duplicates }
}

const unreadable = { remedy: 'mend the YAML here, or just above' }

const unidentified = {
  message: 'kind and apiVersion is mandatory information that must be specified',
  remedy: 'start the document with "apiVersion: kubeadm.k8s.io/v1beta4" and "kind: ClusterConfiguration"',
}

function isIdentified(tree: JsonObject): tree is JsonObject & { apiVersion: string; kind: string } {
  return [tree.apiVersion, tree.kind].every(value => typeof value === 'string' && value !== '')
}

/** The document as data, or the reason why there is none. */
function readTree(doc: Document): JsonObject | string {
  try {
    const tree: unknown = doc.toJS()
    return isMap(doc.contents) ? (tree as JsonObject) : 'the document is not a set of fields'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function findDuplicates(doc: Document, kind: string, file: string, lineAt: (offset?: number) => number): Problem[] {
  const found: Problem[] = []
  visit(doc, {
    Map(_, map, ancestors) {
      const seen = new Set<unknown>()
      for (const { key } of map.items) {
        const name = isScalar(key) ? key.value : undefined
        if (isScalar(key) && name !== '<<' && seen.has(name)) {
          const field = [kind, showPath([...pathOf([...ancestors, map]), String(name)])].join('.')
          const message = `key "${name}" is written twice`
          const remedy = 'keep one of the two'
          found.push({ field, file, line: lineAt(key.range?.[0]), message, remedy })
        }
        seen.add(name)
      }
    },
  })
  return found
}

/** Path of the last node in a chain of ancestors. */
function pathOf(chain: readonly unknown[]): FieldPath {
  return chain.flatMap((node, i): FieldPath => {
    const parent = chain[i - 1]
    if (isPair(node)) return [String(isScalar(node.key) ? node.key.value : node.key)]
    return isSeq(parent) ? [parent.items.indexOf(node)] : []
  })
}

/** Offset of the key (or list element) at a path, else of its nearest parent. */
function offsetOf(doc: Document, path: FieldPath): number | undefined {
  let node: unknown = doc.contents
  let offset = doc.contents?.range?.[0]
  for (const part of path) {
    let next: unknown
    if (isMap(node)) {
      const pair: Pair | undefined = node.items.findLast(item => isScalar(item.key) && item.key.value === part)
      next = pair?.value
      if (pair === undefined) break
      offset = isScalar(pair.key) ? pair.key.range?.[0] : offset
    } else if (isSeq(node) && typeof part === 'number') {
      next = node.items[part]
      if (next === undefined) break
      offset = (next as { range?: [number, number, number] }).range?.[0] ?? offset
    } else break
    node = next
  }
  return offset
}
