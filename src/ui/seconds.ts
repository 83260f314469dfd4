/** Formats milliseconds for display: `0.6s`, `41.2s`, `2m05s`. */
export function formatSeconds(ms: number): string {
  const tenths = Math.round(ms / 100)
  if (tenths < 600) return `${(tenths / 10).toFixed(1)}s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, '0')}s`
}

/** Steps shorter than this are shown without their duration. */
export const notableMs = 500
