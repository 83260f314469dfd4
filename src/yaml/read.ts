import type { Json } from '../cluster/json.ts'
import { YamlFault } from './cursor.ts'
import { readNodes, type YamlNode } from './nodes.ts'
import { type DoubledKey, treeOf } from './tree.ts'

export interface YamlText {
  readonly value: Json
  /** The nodes with their positions; absent for a text without content. */
  readonly root?: YamlNode
  readonly doubled: readonly DoubledKey[]
}

/** An error of a text with its one-based line. Quotes no value that may be a secret. */
export interface TextFault {
  readonly message: string
  readonly line: number
}

/**
 * Parses one document as kubeadm and the kubelet do (sigs.k8s.io/yaml over go-yaml v2): YAML 1.1 with its booleans,
 * octal numbers and underscores. Text after a line `...` is ignored.
 */
export function readYaml(text: string): YamlText | TextFault {
  const content = text.startsWith('\ufeff') ? text.slice(1) : text
  try {
    refuseForeign(content)
    const root = readNodes(content)
    return root === undefined ? { value: null, doubled: [] } : { ...treeOf(root), root }
  } catch (fault) {
    if (fault instanceof YamlFault) return { message: fault.message, line: fault.line }
    if (fault instanceof RangeError) return { message: 'the document is nested too deep', line: 1 }
    throw fault
  }
}

export function isTextFault(read: object): read is TextFault {
  return 'message' in read
}

const foreign = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u

const other = /[^\t\n\r\x20-\x7e]/

function refuseForeign(text: string): void {
  if (!other.test(text)) return
  const match = foreign.exec(text)
  if (match === null) return
  const code = (match[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  const line = text.slice(0, match.index).split('\n').length - 1
  throw new YamlFault(`the control character U+${code} is not allowed in YAML`, { line })
}
