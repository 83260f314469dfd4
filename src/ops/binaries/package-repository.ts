import { KadmError } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'

/** The package manager that a node's kubelet comes from. */
export type PackageManager = 'apt' | 'dnf'

/** A file that names the Kubernetes package repository of a minor, as pkgs.k8s.io has one for each. */
export interface PackageRepository {
  readonly path: string
  readonly text: string
  /** The minors that its active entries name, such as `v1.36`. */
  readonly minors: readonly string[]
  /** The IDs of its sections; dnf alone has them. */
  readonly ids: readonly string[]
}

const minorInUrl = /(\/core:\/stable:\/)(v1\.\d+)(?=\/)/
const frozenHosts = /\/\/(?:apt|yum|packages\.cloud)\.(?:kubernetes\.io|google\.com)\b/

/** Files by content, because their names are the operator's choice. apt reads files with these endings alone. */
const places: Readonly<Record<PackageManager, string>> = {
  apt: '/etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources',
  dnf: '/etc/yum.repos.d/*.repo',
}

/**
 * Returns the files with active entries of a Kubernetes repository. Throws BINARIES_INVALID if an entry turns the
 * verification of signatures off, and if there is only a repository that has been frozen since 2023.
 */
export async function readPackageRepositories(
  host: HostReader,
  manager: PackageManager,
): Promise<readonly PackageRepository[]> {
  const pattern = '/core:/stable:/v1[.]|//(apt|yum)[.]kubernetes[.]io|//packages[.]cloud[.]google[.]com'
  const { stdout } = await host.query(['sh', '-c', `grep -lsE "$1" ${places[manager]}`, 'sh', pattern])
  const paths = stdout.split('\n').filter(path => path !== '')
  const files = await Promise.all(
    paths.map(async path => ({ path, text: new TextDecoder().decode(await host.readFile(path)) })),
  )
  const entries = files.map(file => ({ ...file, active: activeEntries(file.path, file.text) }))
  const found = entries.flatMap(({ path, text, active }) => {
    const ours = active.filter(entry => minorInUrl.test(entry.text))
    for (const entry of ours) requireSigned(path, entry.text)
    if (ours.length === 0) return []
    const minors = ours.map(entry => minorInUrl.exec(entry.text)?.[2] ?? '')
    return [{ path, text, minors: [...new Set(minors)], ids: ours.flatMap(({ id }) => (id === undefined ? [] : [id])) }]
  })
  const frozen = entries.find(({ active }) => active.some(entry => frozenHosts.test(entry.text)))
  if (found.length === 0 && frozen !== undefined) throw isFrozen(frozen.path)
  return found
}

/** Returns the text of a repository file with another minor in the URLs of its active entries. */
export function withMinor({ path, text }: PackageRepository, minor: string): string {
  const changed = activeEntries(path, text).reduce<{ readonly done: string; readonly rest: string }>(
    ({ done, rest }, entry) => {
      const at = rest.indexOf(entry.text)
      const url = new RegExp(minorInUrl, 'g')
      return {
        done: done + rest.slice(0, at) + entry.text.replace(url, `$1${minor}`),
        rest: rest.slice(at + entry.text.length),
      }
    },
    { done: '', rest: text },
  )
  return changed.done + changed.rest
}

interface Entry {
  readonly text: string
  readonly id?: string
}

/** Returns the entries that the package manager reads, in order: a line of a list, a paragraph, or a section. */
function activeEntries(path: string, text: string): readonly Entry[] {
  if (path.endsWith('.list')) return (text.match(/^[ \t]*deb[ \t].*$/gm) ?? []).map(line => ({ text: line }))
  if (path.endsWith('.sources'))
    return text
      .split(/\n[ \t]*\n/)
      .filter(enabled('Enabled', ':'))
      .map(asEntry)
  return text
    .split(/^(?=\[)/m)
    .filter(part => part.startsWith('['))
    .filter(enabled('enabled', '='))
    .map(asEntry)
}

function asEntry(text: string): Entry {
  const id = /^\[([^\]]+)\]/.exec(text)?.[1]
  return id === undefined ? { text } : { text, id }
}

function enabled(key: string, sign: string): (text: string) => boolean {
  const off = new RegExp(`^${key}[ \\t]*${sign}[ \\t]*(?:no|0|false)[ \\t]*$`, 'im')
  return text => !off.test(text)
}

/** apt verifies signatures unless an entry turns that off; dnf does if gpgcheck says so. */
function requireSigned(path: string, entry: string): void {
  const insecure = [
    /\[[^\]]*\b(?:trusted|allow-insecure)=yes/i,
    /^(?:Trusted|Allow-Insecure):\s*yes/im,
    /^gpgcheck\s*=\s*(?:0|no|false)/im,
  ]
  if (!insecure.some(pattern => pattern.test(entry))) return
  throw new KadmError('BINARIES_INVALID', `${path} turns off the verification of package signatures`, {
    hint: 'name the key of the repository (signed-by, Signed-By, or gpgcheck=1 with gpgkey), and run the command again',
  })
}

function isFrozen(path: string): KadmError {
  return new KadmError(
    'BINARIES_INVALID',
    `${path} names a package repository that has had no new version since 2023`,
    {
      hint: 'replace it with https://pkgs.k8s.io/core:/stable:/v1.N/, the repository of a minor',
    },
  )
}
