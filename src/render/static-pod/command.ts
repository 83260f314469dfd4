import type { Arg } from '../../cluster/spec.ts'

/**
 * Renders the command line of a component: sorted defaults except those that the user sets, then the user's arguments
 * in order, with duplicates and empty values.
 */
export function renderArgs(defaults: Readonly<Record<string, string>>, extra: readonly Arg[] = []): readonly string[] {
  const replaced = new Set(extra.map(arg => arg.name))
  const kept = Object.entries(defaults)
    .filter(([name]) => !replaced.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `--${name}=${value}`)
  return [...kept, ...extra.map(arg => `--${arg.name}=${arg.value}`)]
}

/** Returns the last value, which the flag parser of the component uses. */
export function lastArg(args: readonly Arg[] | undefined, name: string): string | undefined {
  return args?.findLast(arg => arg.name === name)?.value
}
