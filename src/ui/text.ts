/** A text with its line breaks turned into spaces. */
export function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').trimEnd()
}

/** Cuts a line to so many columns, ending in an ellipsis. */
export function cutTo(line: string, columns: number): string {
  return line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`
}

/** Puts so many spaces before every line that is not empty. */
export function indent(text: string, columns: number): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(columns))
}

/** Lays rows out in columns two spaces apart; the last cell of a row runs free, and no column is padded beyond `widest`. */
export function alignRows(rows: readonly (readonly string[])[], widest = 40): string[] {
  const widths: number[] = []
  for (const row of rows) {
    row.slice(0, -1).forEach((cell, i) => {
      widths[i] = Math.min(widest, Math.max(widths[i] ?? 0, cell.length))
    })
  }
  return rows.map(row =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}
