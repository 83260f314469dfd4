import { type Cursor, YamlFault } from './cursor.ts'

interface Header {
  readonly chomping: '' | '+' | '-'
  readonly increment: number
}

/** Scans a scalar after `|` or `>`; `parent` is the indentation around it, -1 for none. */
export function scanBlock(cursor: Cursor, parent: number): string {
  const literal = cursor.take() === '|'
  const { chomping, increment } = readHeader(cursor)
  const given = increment === 0 ? 0 : Math.max(parent, 0) + increment
  const first = readBreaks(cursor, given, parent)
  const { indent } = first
  let text = ''
  let leadingBreak = ''
  let trailing = first.breaks
  let leadingBlank = false
  while (cursor.column === indent && !cursor.isEnd()) {
    const isBlank = cursor.isBlank()
    const folds = !literal && !leadingBlank && !isBlank && leadingBreak.startsWith('\n')
    text += (folds ? (trailing === '' ? ' ' : '') : leadingBreak) + trailing
    leadingBlank = isBlank
    while (!cursor.isBreakOrEnd()) text += cursor.take()
    leadingBreak = cursor.isEnd() ? '' : cursor.takeBreak()
    trailing = readBreaks(cursor, indent, parent).breaks
  }
  return text + (chomping === '-' ? '' : leadingBreak) + (chomping === '+' ? trailing : '')
}

function readHeader(cursor: Cursor): Header {
  const start = cursor.mark()
  const header = cursor.takeWhile(char => /[-+\d]/.test(char))
  const match = /^([-+]?)([1-9]?)([-+]?)$/.exec(header)
  if (match === null || (match[1] !== '' && match[3] !== '')) {
    throw new YamlFault(`a block of text cannot start with "${header}"`, start)
  }
  cursor.skipComment()
  if (!cursor.isBreakOrEnd()) throw new YamlFault('a block of text starts on the next line', start)
  if (cursor.isBreak()) cursor.takeBreak()
  return { chomping: (match[1] || match[3] || '') as Header['chomping'], increment: Number(match[2] || 0) }
}

/** Reads empty lines and the indentation of the next line; detects the indentation of the block if it is 0. */
function readBreaks(
  cursor: Cursor,
  indent: number,
  parent: number,
): { readonly breaks: string; readonly indent: number } {
  let breaks = ''
  let deepest = 0
  for (;;) {
    while ((indent === 0 || cursor.column < indent) && cursor.at() === ' ') cursor.take()
    deepest = Math.max(deepest, cursor.column)
    if ((indent === 0 || cursor.column < indent) && cursor.at() === '\t') {
      throw new YamlFault('tab in the indentation; use spaces', cursor)
    }
    if (!cursor.isBreak()) break
    breaks += cursor.takeBreak()
  }
  return { breaks, indent: indent === 0 ? Math.max(deepest, parent + 1, 1) : indent }
}
