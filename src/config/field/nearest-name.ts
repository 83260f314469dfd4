/** Returns the name in a list that is nearest to a misspelled one; undefined if none is near. */
export function nearestName(wrong: string, names: readonly string[]): string | undefined {
  const plain = (name: string) => name.toLowerCase().replace(/[-_]/g, '')
  const limit = Math.max(1, Math.floor(wrong.length / 3))
  let best: { name: string; distance: number } | undefined
  for (const name of names) {
    const distance = editDistance(plain(wrong), plain(name))
    if (distance <= limit && distance < (best?.distance ?? Number.POSITIVE_INFINITY)) best = { name, distance }
  }
  return best?.name
}

/** Returns the remedy for an unknown name: the nearest one, else all of them. */
export function suggestName(wrong: string, names: readonly string[]): string {
  const nearest = nearestName(wrong, names)
  if (nearest !== undefined) return `did you mean "${nearest}"?`
  return names.length === 0 ? 'remove it' : `known here: ${[...names].sort().join(', ')}`
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
