import { type Cursor, YamlFault } from './cursor.ts'

const isWord = (char: string) => /^[0-9A-Za-z_-]$/.test(char)
const isUri = (char: string) => isWord(char) || ";/?:@&=+$,.!~*'()[]".includes(char)

/** Scans the name after `&` or `*`. */
export function scanAnchor(cursor: Cursor): string {
  const start = cursor.mark()
  const sign = cursor.take()
  const name = cursor.takeWhile(isWord)
  if (name === '' || !(cursor.isSpaceOrEnd() || '?:,]}%@`'.includes(cursor.at()))) {
    throw new YamlFault(`"${sign}" must be followed by a name of letters and digits`, start)
  }
  return name
}

/** A tag as written: its handle (empty for `!<...>` and `!`) and its suffix. */
export interface TagText {
  readonly handle: string
  readonly suffix: string
}

export function scanTag(cursor: Cursor): TagText {
  const start = cursor.mark()
  const tag = cursor.at(1) === '<' ? verbatim(cursor) : shorthand(cursor)
  if (!cursor.isSpaceOrEnd()) throw new YamlFault('a tag must be followed by a space', start)
  return tag
}

function verbatim(cursor: Cursor): TagText {
  const start = cursor.mark()
  cursor.take()
  cursor.take()
  const suffix = scanUri(cursor)
  if (suffix === '' || cursor.at() !== '>') throw new YamlFault('the tag has no closing ">"', start)
  cursor.take()
  return { handle: '', suffix }
}

function shorthand(cursor: Cursor): TagText {
  const start = cursor.mark()
  let handle = cursor.take() + cursor.takeWhile(isWord)
  if (cursor.at() === '!') handle += cursor.take()
  if (handle.length > 1 && handle.endsWith('!')) {
    const suffix = scanUri(cursor)
    if (suffix === '') throw new YamlFault(`the tag has no name after "${handle}"`, start)
    return { handle, suffix }
  }
  const suffix = handle.slice(1) + scanUri(cursor)
  return suffix === '' ? { handle: '', suffix: '!' } : { handle: '!', suffix }
}

/** Scans the characters of a URI, including escapes such as `%41`. */
function scanUri(cursor: Cursor): string {
  let uri = ''
  for (;;) {
    if (cursor.at() === '%') uri += scanOctets(cursor)
    else if (!cursor.isEnd() && isUri(cursor.at())) uri += cursor.take()
    else return uri
  }
}

function scanOctets(cursor: Cursor): string {
  const start = cursor.mark()
  let octets = ''
  while (cursor.at() === '%' && /^[\da-fA-F]{2}$/.test(cursor.at(1) + cursor.at(2))) {
    octets += cursor.take() + cursor.take() + cursor.take()
  }
  try {
    if (octets !== '') return decodeURIComponent(octets)
  } catch {
    // Reported below.
  }
  throw new YamlFault('a "%" in a tag must be followed by two hexadecimal digits of UTF-8', start)
}
