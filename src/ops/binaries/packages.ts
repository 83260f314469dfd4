import { nodeBinaries } from '../../cluster/binary-source.ts'
import { isKadmError, KadmError } from '../../errors/kadm-error.ts'
import type { Host, HostReader, Outcome } from '../../host/host.ts'
import { apt } from './apt.ts'
import { dnf } from './dnf.ts'
import type { PackageCommands, WantedPackage } from './package-commands.ts'
import {
  type PackageManager,
  type PackageRepository,
  readPackageRepositories,
  withMinor,
} from './package-repository.ts'

export const managers: Readonly<Record<PackageManager, PackageCommands>> = { apt, dnf }

/** Downloaded packages of one version, ready to be installed. */
export interface PreparedPackages {
  readonly manager: PackageManager
  readonly repository: PackageRepository
  readonly packages: readonly WantedPackage[]
  /** `v1.37.2` */
  readonly version: string
}

/** Returns the package manager that the kubelet of a node comes from; undefined if no package owns it. */
export async function readPackageManager(host: HostReader, kubelet: string): Promise<PackageManager | undefined> {
  for (const name of ['apt', 'dnf'] as const) {
    const { code } = await host.query(managers[name].owner(kubelet))
    if (code === 0) return name
  }
  return undefined
}

/**
 * Points the node's repository file at the minor of a version, refreshes its index, and downloads the packages. A
 * repository file that already names the minor stays as it is. Puts the old file back if the refresh fails. Throws
 * BINARIES_INVALID if there is no single signed repository, and if it does not have the version.
 */
export async function preparePackages(host: Host, manager: PackageManager, version: string): Promise<PreparedPackages> {
  const commands = managers[manager]
  const repository = await pointAt(host, manager, version)
  const [{ stdout: installed }, { stdout: offered }] = await Promise.all([
    host.query(commands.installed),
    host.query(commands.versions(repository)),
  ])
  const versions = commands.parseVersions(offered)
  const exact = versions.find(one => one.startsWith(`${version.slice(1)}-`))
  if (exact === undefined) throw notOffered(repository, version, versions)
  const names = installed.split('\n')
  const packages = nodeBinaries.flatMap(name => (names.includes(name) ? [{ name, version: exact }] : []))
  await host.exec(commands.install(packages, { repository, downloadOnly: true }), { what: `downloading ${exact}` })
  return { manager, repository, packages, version }
}

/** Installs prepared packages. Held packages are held again afterwards, also after a failure. */
export async function installPackages(host: Host, prepared: PreparedPackages, outcome: Outcome): Promise<void> {
  const commands = managers[prepared.manager]
  const held = await heldPackages(host, commands)
  const argv = commands.install(prepared.packages, { repository: prepared.repository, downloadOnly: false })
  try {
    await host.exec(argv, { what: `installing the packages of ${prepared.version}`, outcome })
  } finally {
    if (held.length > 0 && commands.holds !== undefined) await host.exec(commands.holds.set(held))
  }
}

async function heldPackages(host: HostReader, { holds }: PackageCommands): Promise<readonly string[]> {
  if (holds === undefined) return []
  const { stdout } = await host.query(holds.read)
  return stdout.split('\n').filter(name => nodeBinaries.some(one => one === name))
}

/** Returns the repository of a minor, after it has changed the file of another minor if needed. */
async function pointAt(host: Host, manager: PackageManager, version: string): Promise<PackageRepository> {
  const minor = version.slice(0, version.lastIndexOf('.'))
  const found = await readPackageRepositories(host, manager)
  const current = found.find(({ minors }) => minors.includes(minor))
  if (current !== undefined) {
    await host.exec(managers[manager].refresh(current), { what: `refreshing the index of ${current.path}` })
    return current
  }
  const [only, ...more] = found
  if (only === undefined) throw noRepository(minor)
  if (more.length > 0 || only.minors.length > 1) throw severalRepositories(found, minor)
  const next = { ...only, text: withMinor(only, minor), minors: [minor] }
  const mode = (await host.stat(only.path))?.mode ?? 0o644
  await host.writeFile({ path: only.path, content: next.text, mode })
  const { refresh, versions, assumeVersion } = managers[manager]
  const outcome = { answers: [{ argv: versions(next), stdout: () => assumeVersion(version.slice(1)) }] }
  try {
    await host.exec(refresh(next), { what: `refreshing the index of ${only.path}`, outcome })
  } catch (error) {
    await host.writeFile({ path: only.path, content: only.text, mode })
    if (!isKadmError(error, 'COMMAND_FAILED')) throw error
    throw new KadmError('BINARIES_INVALID', `${only.path} cannot be switched to ${minor}: ${error.message}`, {
      cause: error,
      output: error.output,
      hint: 'the file is as before; check that the node reaches the repository and has its key',
    })
  }
  return next
}

function noRepository(minor: string): KadmError {
  return new KadmError('BINARIES_INVALID', 'the package manager of this node has no Kubernetes repository', {
    hint: `add the repository https://pkgs.k8s.io/core:/stable:/${minor}/, or use --binaries or --binaries-from`,
  })
}

function severalRepositories(found: readonly PackageRepository[], minor: string): KadmError {
  const files = found.map(({ path, minors }) => `${path} (${minors.join(', ')})`).join(', ')
  return new KadmError('BINARIES_INVALID', `several repositories could be switched to ${minor}: ${files}`, {
    hint: 'keep one of them, or add that of the new minor',
  })
}

function notOffered({ path }: PackageRepository, version: string, versions: readonly string[]): KadmError {
  const offers = versions.length === 0 ? 'no version of the kubelet' : versions.slice(0, 5).join(', ')
  return new KadmError('BINARIES_INVALID', `the repository in ${path} does not have kubelet ${version}`, {
    hint: `it has ${offers}: choose one of its versions, or check the mirror`,
  })
}
