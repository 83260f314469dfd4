import { releases } from '../../cluster/releases.ts'

/** The label of the newest version, and the newest version of each minor that kadm deploys. */
export function versionWords(): readonly string[] {
  const deployed = releases.filter(({ deploys }) => deploys).map(({ newest }) => newest)
  return ['stable-1', ...deployed.toReversed()]
}
