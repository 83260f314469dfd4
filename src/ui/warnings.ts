import type { ChalkInstance } from 'chalk'

/** Returns the list of warnings at the end of a run, so that they are not overlooked; empty without warnings. */
export function warningLines(warnings: readonly string[], paint: ChalkInstance): string[] {
  if (warnings.length === 0) return []
  const title = warnings.length === 1 ? '1 warning:' : `${warnings.length} warnings:`
  return [paint.yellow(title), ...warnings.map(text => `  ${paint.yellow('!')} ${text.replaceAll('\n', '\n    ')}`)]
}
