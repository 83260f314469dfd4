import semver from 'semver'
import { releases } from './releases.ts'

/** The versions of a cluster before an upgrade. */
export interface HopVersions {
  /** The version that the cluster stores. */
  readonly stored: string
  readonly to: string
  /** The versions of the API servers and kubelets on the nodes of the upgrade. */
  readonly nodes: readonly string[]
}

/**
 * Returns the versions of an upgrade in order: one for each minor, the newest known patch of those in between. An
 * upgrade that stopped between two minors first brings all nodes to the version that the cluster stores. Source: the
 * version skew policy of Kubernetes.
 */
export function upgradeHops({ stored, to, nodes }: HopVersions): readonly string[] {
  const [from, target] = [semver.parse(stored), semver.parse(to)]
  if (from === null || target === null || target.minor <= from.minor) return [to]
  const between = releases.filter(({ minor }) => minor > from.minor && minor < target.minor)
  const behind = nodes.some(version => (semver.parse(version)?.minor ?? from.minor) < from.minor)
  return [...(behind ? [stored] : []), ...between.map(({ newest }) => newest), to]
}
