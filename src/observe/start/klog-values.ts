/** The first line of a multi-line value: klog writes `err=<`, indented lines, and ` >`. */
const opens = /=<$/
/** journalctl prints a tab as eight spaces. */
const indented = /^(?:\t| {8})(.*)$/

/**
 * Joins klog's multi-line values into the line that begins them, quoted as klog quotes short ones. Missing parts of
 * such a value are left out.
 */
export function wholeEntries<T extends { readonly text: string }>(lines: readonly T[]): readonly T[] {
  const entries: T[] = []
  let value: string[] | undefined
  const close = (rest: string) => {
    const last = entries.pop()
    if (last === undefined || value === undefined) return
    entries.push({ ...last, text: `${last.text.slice(0, -1)}${quote(value.join('\n'))}${rest}` })
    value = opens.test(rest) ? [] : undefined
  }
  for (const line of lines) {
    const inner = indented.exec(line.text)?.[1]
    if (value !== undefined && inner !== undefined) value.push(inner)
    else if (value !== undefined && /^ >( |$)/.test(line.text)) close(line.text.slice(2))
    else {
      if (value !== undefined) close('')
      entries.push(line)
      value = opens.test(line.text) ? [] : undefined
    }
  }
  if (value !== undefined) close('')
  return entries
}

/** The same for plain lines. */
export function wholeLines(lines: readonly string[]): readonly string[] {
  return wholeEntries(lines.map(text => ({ text }))).map(({ text }) => text)
}

function quote(text: string): string {
  return JSON.stringify(text)
}
