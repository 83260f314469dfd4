/** A title and one line for each name; empty without names. */
export function listed(title: string, names: readonly string[]): string {
  return names.length === 0 ? '' : `\n${title}\n${names.map(name => `  ${name}\n`).join('')}`
}
