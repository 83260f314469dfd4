import { nearestName } from './nearest-name.ts'

/**
 * The names of preflight checks that can be ignored, as docs/preflight.md lists them: `-N` stands for a port, `-P` for a
 * path or program.
 */
export type CheckNames = readonly string[]

/** True for the name of a check, in any case. */
export function isCheckName(name: string, known: CheckNames): boolean {
  const patterns = known.map(one => one.replace(/-N$/, '-\\d+').replace(/-P$/, '-.+'))
  return new RegExp(`^(${patterns.join('|')})$`, 'i').test(name)
}

/**
 * Warns about unknown names. kubeadm accepts any word, and a misspelled one has no effect. Names are in lower case.
 * Without known names there is no warning.
 */
export function warnOfIgnored(names: readonly string[], known: CheckNames | undefined): readonly string[] {
  if (known === undefined) return []
  return names
    .filter(name => name !== 'all' && !isCheckName(name, known))
    .map(name => {
      const nearest = nearestName(name, known)
      const meant = nearest === undefined ? '' : `; did you mean ${nearest}?`
      return `unknown preflight check "${name}": ignoring it has no effect${meant}`
    })
}
