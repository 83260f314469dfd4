/** Whether a name matches a pattern with `*` and `?` (ssh_config(5), PATTERNS). */
export function matchesPattern(pattern: string, name: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 's').test(name)
}

/** Whether a name matches one of the patterns and none of the negated ones (`!pattern`). */
export function matchesList(patterns: readonly string[], name: string): boolean {
  if (patterns.some(one => one.startsWith('!') && matchesPattern(one.slice(1), name))) return false
  return patterns.some(one => matchesPattern(one, name))
}
