import type { ClusterNode } from '../../cluster/session.ts'
import { upgradePolicy } from '../../cluster/upgrade-policy.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import type { ParsedUpgrade } from '../../config/upgrade-run.ts'

/** The versions of an upgrade: those that run, and the target. */
interface Versions {
  readonly from: string
  readonly to: string
  readonly members: readonly ClusterNode[] | undefined
}

/**
 * Refuses an upgrade that breaks a rule about versions. Returns warnings about rules that --force skips. Throws
 * PREFLIGHT_FAILED.
 */
export function refuseVersions({ from, to, members = [] }: Versions, { apply }: ParsedUpgrade): readonly string[] {
  const faults = upgradePolicy({
    ...{ from, to },
    kubelets: members.flatMap(({ kubeletVersion }) => kubeletVersion ?? []),
    allowExperimental: apply.allowExperimentalUpgrades === true,
    allowReleaseCandidate: apply.allowRCUpgrades === true,
  })
  const force = apply.forceUpgrade === true
  const standing = faults.filter(({ mandatory }) => mandatory || !force)
  if (standing.length === 0) return faults.map(({ message }) => `${message}; going on because of --force`)
  const skippable = standing.every(({ mandatory }) => !mandatory)
  throw new KadmError('PREFLIGHT_FAILED', `the cluster cannot be upgraded from ${from} to ${to}`, {
    problems: standing.map(({ message, remedy }) => ({ message, remedy })),
    hint: skippable
      ? 'choose another version, or use --force; nothing was changed'
      : 'choose another version; nothing was changed',
  })
}
