import semver from 'semver'
import { type Release, releases } from '../cluster/releases.ts'

export type ResolvedVersion = { readonly version: string } | { readonly message: string; readonly remedy: string }

const deployed = releases.filter(release => release.deploys)
const names = deployed.map(release => `v1.${release.minor}`).join(' and ')
const newest = deployed.at(-1)?.newest ?? ''
const remedy = `choose a version of ${names}, such as ${newest}`

/**
 * Resolves `kubernetesVersion`: a version gets its `v`; a label (`stable-1`, `latest-1.36`) means the newest version
 * that this kadm knows. Unlike kubeadm it asks no server, so the same kadm always deploys the same version.
 */
export function resolveKubernetesVersion(text: string): ResolvedVersion {
  const label = /^(?:(ci|release)\/)?(?:stable|latest)(?:-1(?:\.([1-9]\d?))?)?$/.exec(text)
  if (label !== null) return label[1] === 'ci' ? ciLabel(text) : newestOf(label[2])
  const match = /^(ci\/|release\/)?v?(\d+\.\d+\.\d+.*)$/.exec(text)
  const parsed = semver.parse(match?.[2] ?? '')
  if (match === null || parsed === null) {
    const message = `version "${text}" doesn't match patterns for neither semantic version nor labels (stable, latest, ...)`
    return { message, remedy: `write a whole version, such as ${newest}` }
  }
  const version = `${match[1] === 'ci/' ? 'ci/' : ''}v${match[2]}`
  return refusal(parsed, version) ?? { version }
}

function ciLabel(text: string): ResolvedVersion {
  const message = `"${text}" is a label of the build servers, which kadm does not ask`
  return { message, remedy: 'write the version of the build, such as ci/v1.37.0-rc.1' }
}

function newestOf(minor: string | undefined): ResolvedVersion {
  const release = minor === undefined ? deployed.at(-1) : find(Number(minor))
  if (release?.deploys === true) return { version: release.newest }
  return { message: `this version of kadm deploys Kubernetes ${names}, not v1.${minor}`, remedy }
}

function find(minor: number): Release | undefined {
  return releases.find(release => release.minor === minor)
}

function refusal(parsed: semver.SemVer, version: string): ResolvedVersion | undefined {
  const lowest = `1.${deployed[0]?.minor}.0`
  const known = parsed.major === 1 ? find(parsed.minor) : undefined
  if (known?.deploys === true && semver.gte(parsed, lowest)) return undefined
  if (semver.lt(parsed, lowest)) {
    const message = `this version of kadm only supports deploying clusters with the control plane version >= ${lowest}. Current version: ${version}`
    return { message, remedy }
  }
  return { message: `this version of kadm deploys Kubernetes ${names}; ${version} is newer`, remedy }
}
