import type { Problem } from '../../errors/kadm-error.ts'
import { invisibleIn } from '../../errors/visible.ts'
import { YamlFault } from '../../yaml/cursor.ts'
import { lineOfPath } from '../../yaml/place.ts'
import { isTextFault, readYaml, type TextFault, type YamlText } from '../../yaml/read.ts'
import { type Chunk, splitDocuments } from '../../yaml/split.ts'
import { type FieldPath, showPath } from '../field/field-path.ts'

export interface ReadText extends YamlText {
  /** Returns the one-based line in the file. */
  readonly lineOf: (path: FieldPath) => number
  /** True for JSON, where Go does not accept `1.0` as an integer, as it does in YAML. */
  readonly isJson: boolean
}

/** Why a document cannot be read; the line is a line of the file. */
export type Unreadable = Pick<Problem, 'message' | 'remedy'> & { readonly line: number }

/**
 * Reads the documents of a YAML file, split as in kubeadm. With `json`, a document that starts with `{` must be JSON,
 * as for documents that kubeadm decodes into its types.
 */
export function readDocuments(text: string, { json = false } = {}): readonly (ReadText | Unreadable)[] {
  const lines = text.split('\n')
  return chunksOf(text).map(chunk => {
    if (isTextFault(chunk)) return explained(chunk.message, chunk.line, lines)
    const { linesBefore } = chunk
    const read = (json ? jsonFault(chunk.text) : undefined) ?? readYaml(chunk.text)
    if (isTextFault(read)) return explained(read.message, linesBefore + read.line, lines)
    const lineOf = (path: FieldPath) => linesBefore + lineOfPath(read.root, path)
    return { ...read, lineOf, isJson: json && startsAsJson(chunk.text) }
  })
}

export function isUnreadable(read: ReadText | Unreadable): read is Unreadable {
  return 'message' in read
}

/** Returns the duplicate keys of a document, by the path of their fields. */
export function doubledKeys(read: ReadText): readonly (Unreadable & { readonly field: string })[] {
  const before = read.lineOf([]) - lineOfPath(read.root, [])
  return read.doubled.map(({ path, key, line }) => {
    const field = showPath([...path, key])
    return { field, line: before + line, message: `key "${key}" is written twice`, remedy: 'remove one of them' }
  })
}

function chunksOf(text: string): readonly (Chunk | TextFault)[] {
  try {
    return splitDocuments(text)
  } catch (fault) {
    if (fault instanceof YamlFault) return [{ message: fault.message, line: fault.line }]
    throw fault
  }
}

/** Skips the white space of Go, which does not include a byte order mark. */
function startsAsJson(text: string): boolean {
  return /^(?:[^\S\ufeff]|\u0085)*\{/.test(text)
}

function jsonFault(text: string): TextFault | undefined {
  if (!startsAsJson(text)) return undefined
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    const position = Number(/position (\d+)/.exec((error as Error).message)?.[1] ?? text.trimEnd().length)
    const line = text.slice(0, position).split('\n').length
    return { message: 'a document that starts with "{" must be JSON, which this is not', line }
  }
}

function explained(message: string, line: number, lines: readonly string[]): Unreadable {
  // An invisible character may cause an error on the next line only.
  const at = [line, line - 1].find(one => invisibleIn(lines[one - 1] ?? '') !== undefined)
  if (at === undefined) return { line, message, remedy: 'fix the YAML on this line or the line above' }
  const hidden = invisibleIn(lines[at - 1] ?? '')
  return {
    line,
    message: `${message}; line ${at} has ${hidden}`,
    remedy: 'use a normal space, or remove the character',
  }
}
