import type { YamlNode } from './nodes.ts'
import { isMergeKey, type Path } from './tree.ts'

/** Returns the one-based line of the key or list element at a path, or of its nearest existing parent. */
export function lineOfPath(root: YamlNode | undefined, path: Path): number {
  let node = root
  let line = root?.at.line ?? 0
  for (const part of path) {
    const found = node && step(node, part)
    if (found === undefined) break
    line = found.at
    node = found.node
  }
  return line + 1
}

/** Returns the paths of numbers that are written with a point or an exponent. */
export function floatPaths(node: YamlNode | undefined, path: Path = []): readonly Path[] {
  if (node?.kind === 'list') return node.items.flatMap((item, i) => floatPaths(item, [...path, i]))
  if (node?.kind === 'map') {
    return node.entries.flatMap(([key, value]) => (key.kind === 'scalar' ? floatPaths(value, [...path, key.text]) : []))
  }
  const isFloat = node?.kind === 'scalar' && node.plain && /^-?\d+(\.|[eE])/.test(node.text)
  return isFloat ? [path] : []
}

interface Found {
  readonly node: YamlNode
  readonly at: number
}

function step(node: YamlNode, part: string | number): Found | undefined {
  if (node.kind === 'alias') return step(node.target, part)
  if (node.kind === 'list') {
    const item = typeof part === 'number' ? node.items[part] : undefined
    return item && { node: item, at: item.at.line }
  }
  if (node.kind !== 'map') return undefined
  for (const [key, value] of node.entries.toReversed()) {
    if (isMergeKey(key)) {
      const merged = (value.kind === 'list' ? value.items : [value]).map(one => step(one, part)).find(one => one)
      if (merged !== undefined) return merged
    } else if (key.kind === 'scalar' && key.text === String(part)) return { node: value, at: key.at.line }
  }
  return undefined
}
