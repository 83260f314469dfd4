import semver from 'semver'
import { kubeletSkew, releases } from './releases.ts'

/** An upgrade, and the versions that run before it. All versions have a leading `v`. */
export interface UpgradeVersions {
  /** The version of the API servers; the highest one if they differ. */
  readonly from: string
  readonly to: string
  /** Versions of the kubelets. */
  readonly kubelets: readonly string[]
  readonly allowExperimental: boolean
  readonly allowReleaseCandidate: boolean
}

/** A rule about versions that an upgrade breaks. */
export interface PolicyFault {
  readonly message: string
  readonly remedy: string
  /** True if --force does not skip it. */
  readonly mandatory: boolean
}

/** Returns the rules that an upgrade breaks. Source: kubeadm's policy.go; kadm also refuses downgrades. */
export function upgradePolicy(versions: UpgradeVersions): readonly PolicyFault[] {
  const [from, to] = [semver.parse(versions.from), semver.parse(versions.to)]
  if (from === null || to === null) return [unreadable(from === null ? versions.from : versions.to)]
  return [...distanceFaults(from, to), ...stabilityFaults(to, versions), ...kubeletFaults(to, versions.kubelets)]
}

function unreadable(version: string): PolicyFault {
  return {
    message: `"${version}" is not a version of Kubernetes`,
    remedy: 'give a whole version, such as v1.37.2',
    mandatory: true,
  }
}

function distanceFaults(from: semver.SemVer, to: semver.SemVer): readonly PolicyFault[] {
  const shown = `specified version to upgrade to "v${to.version}"`
  if (to.minor > from.minor + 1) {
    const next = releases.find(({ minor }) => minor === from.minor + 1)?.newest ?? `a version of v1.${from.minor + 1}`
    const message = `${shown} is too high for a cluster of v${from.version}; an upgrade is possible only by 1 minor version at a time`
    return [{ message, remedy: `upgrade to ${next} first`, mandatory: true }]
  }
  if (to.minor < from.minor) {
    const message = `${shown} is lower than v${from.version}; a cluster cannot be downgraded to an earlier minor version`
    return [{ message, remedy: `choose a version of v1.${from.minor} or v1.${from.minor + 1}`, mandatory: true }]
  }
  if (semver.lt(to, from)) {
    const message = `${shown} is an earlier patch than v${from.version} of the cluster`
    return [{ message, remedy: 'choose a later version, or use --force', mandatory: false }]
  }
  return []
}

function stabilityFaults(to: semver.SemVer, versions: UpgradeVersions): readonly PolicyFault[] {
  if (to.prerelease.length === 0 || versions.allowExperimental) return []
  const candidate = String(to.prerelease[0]).startsWith('rc')
  if (candidate && versions.allowReleaseCandidate) return []
  const flag = candidate ? '--allow-release-candidate-upgrades' : '--allow-experimental-upgrades'
  const message = `specified version to upgrade to "v${to.version}" is an unstable version`
  return [{ message, remedy: `choose a stable version, or allow it with ${flag}`, mandatory: false }]
}

function kubeletFaults(to: semver.SemVer, kubelets: readonly string[]): readonly PolicyFault[] {
  const distinct = [...new Set(kubelets)].sort()
  const known = distinct.flatMap(text => semver.parse(text) ?? [])
  const old = known.filter(({ minor }) => to.minor > minor + kubeletSkew)
  const tooNew = known.filter(({ minor }) => minor > to.minor)
  const list = (versions: readonly semver.SemVer[]) => versions.map(({ version }) => `v${version}`).join(' ')
  return [
    ...(old.length === 0
      ? []
      : [
          {
            message: `there are kubelets in this cluster that are too old for v${to.version}: ${list(old)}`,
            remedy: `upgrade them to v1.${to.minor - kubeletSkew} or later first`,
            mandatory: false,
          },
        ]),
    ...(tooNew.length === 0
      ? []
      : [
          {
            message: `there are kubelets in this cluster that are newer than v${to.version}: ${list(tooNew)}`,
            remedy: `choose a version of v1.${Math.max(...tooNew.map(({ minor }) => minor))} or later`,
            mandatory: false,
          },
        ]),
  ]
}
