import type { Arg } from '../../cluster/spec.ts'

/**
 * A component's command line: defaults sorted by name, without those that the user sets, then the user's own
 * in their order, duplicates and empty values kept.
 */
export function renderArgs(defaults: Readonly<Record<string, string>>, extra: readonly Arg[] = []): readonly string[] {
  const replaced = new Set(extra.map(arg => arg.name))
  const kept = Object.entries(defaults)
    .filter(([name]) => !replaced.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `--${name}=${value}`)
  return [...kept, ...extra.map(arg => `--${arg.name}=${arg.value}`)]
}

/** The last value wins, as it does for the component's flag parser. */
export function lastArg(args: readonly Arg[] | undefined, name: string): string | undefined {
  return args?.findLast(arg => arg.name === name)?.value
}
