import semver from 'semver'
import { releases } from './releases.ts'
import type { ClusterNode } from './session.ts'

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

/** One step of an upgrade, and the kubelets that run before it. */
export interface UpgradeStep {
  readonly from: string
  readonly to: string
  readonly kubelets: readonly string[]
}

interface Steps {
  readonly stored: string
  readonly versions: readonly string[]
  readonly members: readonly Pick<ClusterNode, 'name' | 'kubeletVersion'>[]
  /** Names of the nodes that the upgrade changes. */
  readonly names: readonly string[]
}

/** Returns the steps from one version to the next. Each step brings the kubelets of its nodes to its version. */
export function upgradeSteps({ stored, versions, members, names }: Steps): readonly UpgradeStep[] {
  return versions.map((to, at) => {
    const from = versions[at - 1]
    const kubelets = members.flatMap(({ name, kubeletVersion }) => {
      return from !== undefined && names.includes(name) ? from : (kubeletVersion ?? [])
    })
    return { from: from ?? stored, to, kubelets }
  })
}
