/** Returns a text with spaces instead of line breaks. */
export function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').trimEnd()
}

/** Truncates a line to a number of columns, ending in an ellipsis. */
export function cutTo(line: string, columns: number): string {
  return line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`
}

/** Indents every line that is not empty. */
export function indent(text: string, columns: number): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(columns))
}

/** Aligns rows in columns two spaces apart. The last cell is not padded, and no column beyond `widest`. */
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

/** `1 change`, `2 changes` */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** Formats milliseconds for display: `0.6s`, `41.2s`, `2m05s`. */
export function formatSeconds(ms: number): string {
  const tenths = Math.round(ms / 100)
  if (tenths < 600) return `${(tenths / 10).toFixed(1)}s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, '0')}s`
}

/** Steps shorter than this are shown without their duration. */
export const notableMs = 500
