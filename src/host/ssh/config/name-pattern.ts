/** True if a name matches a pattern with `*` and `?` (ssh_config(5), PATTERNS). */
export function matchesPattern(pattern: string, name: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 's').test(name)
}

/** True if a name matches one of the patterns and none of the negated ones (`!pattern`). */
export function matchesList(patterns: readonly string[], name: string): boolean {
  if (patterns.some(one => one.startsWith('!') && matchesPattern(one.slice(1), name))) return false
  return patterns.some(one => matchesPattern(one, name))
}

const globToken = /\\(.)|\[([!^]?)(\]?(?:\[:\w+:\]|[^\]])*)\]|(.)/gs

/** True if a file name matches a pattern of glob(7), including `[a-z]` and `[!a-z]`; a leading dot is literal. */
export function matchesGlob(pattern: string, name: string): boolean {
  if (name.startsWith('.') && !pattern.startsWith('.')) return false
  const source = pattern.replace(globToken, (_, escaped, negated, set, other) => {
    if (set !== undefined) return `[${negated === '' ? '' : '^'}${setSource(set)}]`
    if (other === '*') return '.*'
    return other === '?' ? '.' : literal(escaped ?? other)
  })
  return new RegExp(`^${source}$`, 's').test(name)
}

/** A range in reverse order is empty. */
function setSource(set: string): string {
  return set.replace(/\[:(\w+):\]|(.)-(.)|(.)/gs, (_, kind, from, to, one) => {
    if (kind !== undefined) return kinds[kind] ?? ''
    if (one !== undefined) return literal(one)
    return from <= to ? `${literal(from)}-${literal(to)}` : ''
  })
}

const kinds: Readonly<Record<string, string>> = {
  alnum: 'A-Za-z0-9',
  alpha: 'A-Za-z',
  digit: '0-9',
  lower: 'a-z',
  upper: 'A-Z',
  xdigit: '0-9A-Fa-f',
}

function literal(character: string): string {
  return character.replace(/\W/g, '\\$&')
}
