import semver from 'semver'
import { releases } from './releases.ts'

/** A version that a cluster can be upgraded to. */
export interface AvailableUpgrade {
  /** kubeadm's description: `version in the v1.36 series`, `stable version`. */
  readonly description: string
  /** `v1.37.2` */
  readonly version: string
}

export interface UpgradeLookup {
  /** The version of the cluster. */
  readonly cluster: string
  /** The version that the operator names: nothing else is looked up. */
  readonly asked?: string
  /** Versions of release labels such as `stable-1.37`, from the internet. */
  readonly labels?: ReadonlyMap<string, string>
  /** Stable versions of the kubelet that the package repositories of the nodes have. */
  readonly packaged?: readonly string[]
  readonly allowExperimental: boolean
  readonly allowReleaseCandidate: boolean
}

const deployed = releases.filter(release => release.deploys)
/** The newest version that this kadm knows. */
export const newestKnown = deployed.at(-1)?.newest ?? ''

/** Returns the labels whose versions are of interest, before the version of the cluster is known. */
export function upgradeLabels(
  allowed: Pick<UpgradeLookup, 'allowExperimental' | 'allowReleaseCandidate'>,
): readonly string[] {
  const kinds = allowed.allowExperimental || allowed.allowReleaseCandidate ? ['stable', 'latest'] : ['stable']
  return kinds.flatMap(kind => deployed.map(({ minor }) => `${kind}-1.${minor}`))
}

/**
 * Returns the upgrades of a cluster in kubeadm's order: the newest patch of its minor version, the next minor version,
 * then what the flags allow. Source: GetAvailableUpgrades; unlike kubeadm, only versions that kadm can upgrade to.
 */
export function availableUpgrades(lookup: UpgradeLookup): readonly AvailableUpgrade[] {
  const { cluster, asked } = lookup
  const from = semver.parse(cluster)
  if (from === null) return []
  if (asked !== undefined) return semver.gt(asked, from) ? [{ description: describe(asked, from), version: asked }] : []
  const stable = reachableMinors(cluster).flatMap(minor => newestOf(minor, lookup) ?? [])
  const upgrades = stable.filter(version => semver.gt(version, from))
  return [...upgrades.map(version => ({ description: describe(version, from), version })), ...unstableUpgrades(lookup)]
}

/**
 * Returns the newest patch of a minor version: the one that kadm knows, or a newer one from the internet or the package
 * repositories.
 */
export function newestOf(
  minor: number,
  { labels, packaged = [] }: Pick<UpgradeLookup, 'labels' | 'packaged'>,
): string | undefined {
  const known = releases.find(release => release.minor === minor)?.newest ?? []
  const found = [labels?.get(`stable-1.${minor}`) ?? [], packaged].flat()
  return semver.rsort([known, found.filter(version => semver.parse(version)?.minor === minor)].flat())[0]
}

/** The minor version of the cluster and the next one, as far as kadm deploys them. */
function reachableMinors(cluster: string): readonly number[] {
  const minor = semver.parse(cluster)?.minor ?? 0
  return deployed.map(release => release.minor).filter(one => one === minor || one === minor + 1)
}

function describe(version: string, from: semver.SemVer): string {
  const { minor, prerelease } = semver.parse(version) ?? { minor: 0, prerelease: [] }
  if (prerelease.length > 0) return String(prerelease[0]).startsWith('rc') ? candidate : 'experimental version'
  return minor === from.minor || minor !== deployed.at(-1)?.minor
    ? `version in the v1.${minor} series`
    : 'stable version'
}

const candidate = 'release candidate version'

function unstableUpgrades(lookup: UpgradeLookup): readonly AvailableUpgrade[] {
  const minor = reachableMinors(lookup.cluster).at(-1)
  const version = lookup.labels?.get(`latest-1.${minor}`)
  if (version === undefined || !semver.gt(version, lookup.cluster)) return []
  const isCandidate = String(semver.prerelease(version)?.[0] ?? '').startsWith('rc')
  return [
    ...(lookup.allowReleaseCandidate && isCandidate ? [{ description: candidate, version }] : []),
    ...(lookup.allowExperimental && semver.prerelease(version) !== null
      ? [{ description: 'experimental version', version }]
      : []),
  ]
}
