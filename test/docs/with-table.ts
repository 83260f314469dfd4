/** Replaces the table of one section of a page. Throws if the section or its table is missing. */
export function withTable(page: string, section: string, lines: readonly string[]): string {
  const start = page.indexOf(`\n## ${section}\n`)
  const from = page.indexOf('\n| ', start) + 1
  const next = page.indexOf('\n## ', start + 1)
  if (start < 0 || from === 0 || (next >= 0 && from > next)) throw new Error(`no table in the section ${section}`)
  const table = /^(\|.*\n)+/.exec(page.slice(from))?.[0] ?? ''
  return `${page.slice(0, from)}${lines.join('\n')}\n${page.slice(from + table.length)}`
}
