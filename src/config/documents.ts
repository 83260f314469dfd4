import type { Json, JsonObject } from '../cluster/json.ts'
import type { Problem } from '../errors/kadm-error.ts'
import { invisibleIn } from '../errors/visible.ts'
import { YamlFault } from '../yaml/cursor.ts'
import { lineOfPath } from '../yaml/place.ts'
import { readYaml, type TextFault, type YamlText } from '../yaml/read.ts'
import { type Chunk, splitDocuments } from '../yaml/split.ts'
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

/** Splits a file of YAML or JSON documents as kubeadm does, keeping positions. */
export function parseDocuments(text: string, file: string): ParsedDocuments {
  const documents: ConfigDocument[] = []
  const problems: Problem[] = []
  const duplicates: Problem[] = []
  const lines = text.split('\n')
  for (const chunk of chunksOf(text)) {
    const read = chunk instanceof YamlFault ? chunk : (jsonFault(chunk) ?? readYaml(chunk.text))
    const before = chunk instanceof YamlFault ? 0 : chunk.linesBefore
    if (isFault(read))
      problems.push({ file, line: before + read.line, ...unreadable(read.message, lines, before + read.line) })
    else {
      const lineOf = (path: FieldPath) => before + lineOfPath(read.root, path)
      const tree = read.value
      if (!isIdentified(tree)) problems.push({ file, line: lineOf([]), ...refusalOf(tree) })
      else {
        const { apiVersion, kind } = tree
        duplicates.push(...duplicatesOf(read, kind, file, before))
        documents.push({ apiVersion, kind, tree, file, lineOf })
      }
    }
  }
  return { documents, problems, duplicates }
}

function chunksOf(text: string): readonly (Chunk | YamlFault)[] {
  try {
    return splitDocuments(text)
  } catch (fault) {
    if (fault instanceof YamlFault) return [fault]
    throw fault
  }
}

function isFault(read: YamlText | TextFault): read is TextFault {
  return 'message' in read
}

/** A document that starts with `{` is JSON to kubeadm: what only YAML allows is refused. */
function jsonFault({ text }: Chunk): YamlFault | undefined {
  if (!/^\s*\{/.test(text)) return undefined
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    const { message } = error as Error
    const position = Number(/position (\d+)/.exec(message)?.[1] ?? text.trimEnd().length)
    const line = text.slice(0, position).split('\n').length - 1
    return new YamlFault('a document that starts with "{" must be JSON, and this is not', { line })
  }
}

function unreadable(message: string, lines: readonly string[], line: number): Pick<Problem, 'message' | 'remedy'> {
  // The fault shows on the line behind where a key or a blank is not what it seems to be.
  const [at, hidden] =
    [line, line - 1].map(one => [one, invisibleIn(lines[one - 1] ?? '')] as const).find(([, found]) => found) ?? []
  if (hidden === undefined) return { message, remedy: 'mend the YAML here, or just above' }
  return { message: `${message}; line ${at} has ${hidden}`, remedy: 'write a usual space, or remove the character' }
}

const unidentified = {
  message: 'kind and apiVersion is mandatory information that must be specified',
  remedy: 'start the document with "apiVersion: kubeadm.k8s.io/v1beta4" and "kind: ClusterConfiguration"',
}

function refusalOf(tree: Json): Pick<Problem, 'message' | 'remedy'> {
  if (tree === null) {
    const message = 'the document is empty, or holds comments alone'
    return { message, remedy: 'remove the line "---" that sets it apart; a comment may stand inside of a document' }
  }
  if (typeof tree !== 'object' || Array.isArray(tree)) {
    return { message: 'the document is not a set of fields', remedy: unidentified.remedy }
  }
  return unidentified
}

function isIdentified(tree: Json): tree is JsonObject & { apiVersion: string; kind: string } {
  if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) return false
  const { apiVersion, kind } = tree as JsonObject
  return [apiVersion, kind].every(value => typeof value === 'string' && value !== '')
}

function duplicatesOf({ doubled }: YamlText, kind: string, file: string, before: number): readonly Problem[] {
  return doubled.map(({ path, key, line }) => {
    const field = [kind, showPath([...path, key])].join('.')
    return { field, file, line: before + line, message: `key "${key}" is written twice`, remedy: 'keep one of the two' }
  })
}
