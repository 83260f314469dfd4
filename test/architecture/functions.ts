/** A function, found by the formatter's indentation. */
export interface FunctionSize {
  readonly name: string
  /** One-based. */
  readonly line: number
  /** Lines from the head to the closing brace, without nested functions. */
  readonly ownLines: number
}

const heads = [
  /^(?:export )?(?:default )?(?:async )?function\*? (\w+)/,
  /^(?:export )?const (\w+)\b[^=]*= (?:async )?(?:\([^)]*\)|\w+)[^=]*=>.*\{$/,
  /^(?:(?:public|private|protected|static|override|async|get|set) )*(\w+)(?:<[^>]*>)?\([^)]*\)[^;=]*\{$/,
  /^(\w+): (?:async )?(?:function)?.*=> \{$/,
  /^(?:return )?(?:async )?\(.*\) => \{$/,
]
const keywords = /^(if|for|while|switch|catch|else|try|do|with|return)\b/

/**
 * Returns the functions of a text in Biome's format: a head that opens a brace, closed at the indentation of the head.
 */
export function functionsOf(text: string): FunctionSize[] {
  const lines = text.split('\n')
  const found = lines.flatMap((line, start) => {
    const name = headName(lines, start)
    if (name === undefined) return []
    const indent = line.length - line.trimStart().length
    const end = lines.findIndex(
      (other, i) => i > start && new RegExp(`^ {${indent}}\\}`).test(other) && !other.trimEnd().endsWith('{'),
    )
    return end < 0 ? [] : [{ name, start, end }]
  })
  return found.map(({ name, start, end }) => {
    const inside = found.filter(other => other.start > start && other.end < end)
    const outermost = inside.filter(a => !inside.some(b => b.start < a.start && b.end > a.end))
    const nested = outermost.reduce((sum, other) => sum + other.end - other.start + 1, 0)
    return { name, line: start + 1, ownLines: end - start + 1 - nested }
  })
}

/** Returns the name of the function whose head begins on a line; a head can have several lines. */
function headName(lines: readonly string[], start: number): string | undefined {
  const first = (lines[start] ?? '').trim()
  if (keywords.test(first) && !first.startsWith('return (') && !first.startsWith('return async')) return undefined
  if (first.endsWith('{}')) return undefined
  const match = heads.map(head => head.exec(first)).find(found => found !== null) ?? undefined
  return match === undefined ? undefined : (match[1] ?? '(anonymous)')
}
