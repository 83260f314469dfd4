import { stripVTControlCharacters } from 'node:util'

/** Returns a text as one line: without control sequences, and with spaces instead of line breaks and tabs. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\s*\p{Cc}+\s*/gu, ' ')
    .trimEnd()
}

/** Returns all names of a short list; of a longer one the first names and how many more there are: `w1, w2, w3 and 47 more`. */
export function namesOf(names: readonly string[]): string {
  return names.length <= 6 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`
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
