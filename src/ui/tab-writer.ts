/**
 * Aligns rows as Go's tabwriter does in kubeadm's tables: cells of at least 10 columns, gaps of 3. The last cell is not
 * padded. All rows have the same number of cells.
 */
export function alignTabs(rows: readonly (readonly string[])[]): string {
  const last = (rows[0]?.length ?? 1) - 1
  const widths = Array.from({ length: last }, (_, i) => Math.max(10, ...rows.map(row => length(row[i]) + 3)))
  const lines = rows.map(row =>
    row.map((cell, i) => cell + ' '.repeat((widths[i] ?? 0) - (i === last ? 0 : length(cell)))),
  )
  return lines.map(cells => `${cells.join('')}\n`).join('')
}

function length(cell = ''): number {
  return [...cell].length
}

/** Returns `364d`, `5h30m`, `9y`. Source: duration.HumanDuration. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000)
  const minutes = Math.trunc(seconds / 60)
  const hours = Math.trunc(minutes / 60)
  const days = Math.trunc(hours / 24)
  if (seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  if (seconds < 120) return `${seconds}s`
  if (minutes < 10) return joined(minutes, 'm', seconds % 60, 's')
  if (minutes < 180) return `${minutes}m`
  if (hours < 8) return joined(hours, 'h', minutes % 60, 'm')
  if (hours < 48) return `${hours}h`
  if (hours < 192) return joined(days, 'd', hours % 24, 'h')
  if (days < 730) return `${days}d`
  if (days < 2920) return joined(Math.trunc(days / 365), 'y', days % 365, 'd')
  return `${Math.trunc(days / 365)}y`
}

function joined(most: number, unit: string, rest: number, restUnit: string): string {
  return rest === 0 ? `${most}${unit}` : `${most}${unit}${rest}${restUnit}`
}
