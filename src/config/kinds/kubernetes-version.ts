import semver from 'semver'
import { type InstalledKubelet, kubeletSkew, type Release, releases } from '../../cluster/releases.ts'
import { KadmError } from '../../errors/kadm-error.ts'

export type ResolvedVersion = { readonly version: string } | { readonly message: string; readonly remedy: string }

const deployed = releases.filter(release => release.deploys)
const names = deployed.map(release => `v1.${release.minor}`).join(' and ')
const newest = deployed.at(-1)?.newest ?? ''
const newestMinor = deployed.at(-1)?.minor ?? 0
/** The newest version of each minor that kadm deploys, newest minor first. */
export const deployedVersions: readonly [string, ...string[]] = [
  newest,
  ...deployed
    .slice(0, -1)
    .reverse()
    .map(release => release.newest),
]

const remedy = `choose a version of ${names}, such as ${newest}`

/**
 * Resolves `kubernetesVersion`: a version gets its `v`; a label (`stable-1`, `latest-1.36`) resolves to the newest
 * version that this kadm knows. Unlike kubeadm it queries no server, so that the same kadm always deploys the same
 * version. Source: KubernetesReleaseVersion and NormalizeKubernetesVersion.
 */
export function resolveKubernetesVersion(text: string): ResolvedVersion {
  const [, prefix = '', name = ''] = /^(?:(release|ci)\/)?([-\w.+]+)$/.exec(text) ?? []
  const ci = prefix === 'ci' ? 'ci/' : ''
  const label = /^(?:latest|stable)+(?:-([1-9])(?:\.([1-9]\d?))?)?$/.exec(name)
  if (label !== null) return newestOf(ci, label[1], label[2])
  const [, plain = ''] = /^v?(\d+\.\d+\.\d+[-\w.+]*)$/.exec(name) ?? []
  const parsed = semver.parse(plain)
  if (parsed === null) {
    const message = `version "${text}" doesn't match patterns for neither semantic version nor labels (stable, latest, ...)`
    return { message, remedy: `write a whole version, such as ${newest}` }
  }
  const version = `${ci}v${plain}`
  return refusal(parsed, version) ?? { version }
}

/** As in a kubeadm that is older than the label's release, an unknown release resolves to the newest one. */
function newestOf(ci: string, major = '1', minor = ''): ResolvedVersion {
  const exact = major === '1' && minor !== '' ? Number(minor) : undefined
  const release = exact === undefined ? undefined : find(exact)
  if (release?.deploys === true) return { version: `${ci}${release.newest}` }
  if (exact === undefined || exact > newestMinor) return { version: `${ci}${newest}` }
  return { message: `this version of kadm deploys Kubernetes ${names}, not v1.${minor}`, remedy }
}

/**
 * Returns the version to deploy if the operator sets none: the newest known patch of the kubelet's minor, or the
 * version of the kubelet if that is newer. Without a kubelet it is the newest of all. Throws PREFLIGHT_FAILED.
 */
export function versionForKubelet(kubelet: InstalledKubelet | undefined): string {
  if (kubelet === undefined) return newest
  // Without the suffix of a vendor: control plane images do not have it.
  const [own = '', minor = ''] = /^v1\.(\d+)\.\d+(?:-(?:alpha|beta|rc)\.\d+)?/.exec(kubelet.version) ?? []
  const known = find(Number(minor))
  if (known?.deploys !== true) throw unsupported(kubelet, Number(minor))
  return semver.gt(own, known.newest) ? own : known.newest
}

function unsupported({ host, version }: InstalledKubelet, minor: number): KadmError {
  const message = `the kubelet on ${host} is ${version}; this version of kadm deploys Kubernetes ${names}`
  const install = `install a kubelet of ${names.replaceAll(' and ', ' or ')} on ${host}`
  return new KadmError('PREFLIGHT_FAILED', message, { hint: [install, ...otherWays(minor)].join(', or ') })
}

/** A control plane can be newer than its kubelets, but not older. */
function otherWays(minor: number): readonly string[] {
  if (minor > newestMinor) return [`use a version of kadm that deploys v1.${minor}`]
  const taken = (deployed[0]?.minor ?? 0) - kubeletSkew
  const version = minor < taken ? undefined : deployed.find(release => release.minor - kubeletSkew <= minor)?.newest
  if (version === undefined) return []
  return [`keep it and set the version of the control plane with --kubernetes-version ${version}`]
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
