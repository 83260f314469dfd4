import { encodeName, type NameAttribute, nameAttributes, type Subject } from './name.ts'

/**
 * Returns how a subject differs from the wanted one, as a clause; undefined if it does not. Only values are compared,
 * because other CAs choose other string types and another order.
 */
export function subjectFault(found: readonly NameAttribute[], wanted: Subject): string | undefined {
  const [own, asked] = [words(found), words(nameAttributes(encodeName(wanted)))]
  if (own.length === asked.length && own.every((word, i) => word === asked[i])) return undefined
  return `has the subject ${shown(own)} instead of ${shown(asked)}`
}

const names: Readonly<Record<string, string>> = { '2.5.4.3': 'CN', '2.5.4.10': 'O', '2.5.4.11': 'OU' }

function words(name: readonly NameAttribute[]): readonly string[] {
  return name.map(({ oid, value }) => `${names[oid] ?? oid}=${value}`).toSorted()
}

/** A subject may hold line ends or control characters. */
function shown(parts: readonly string[]): string {
  return parts.length === 0 ? '(empty)' : parts.map(part => JSON.stringify(part).slice(1, -1)).join(', ')
}
