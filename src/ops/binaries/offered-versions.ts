import semver from 'semver'
import type { HostReader } from '../../host/host.ts'
import { readPackageRepositories } from './package-repository.ts'
import { managers, readPackageManager } from './packages.ts'

/**
 * Returns the stable versions of the kubelet that the package repositories of a node have, such as `v1.37.3`, the newest
 * first. It reads their index as it is on the node. undefined if no package owns the kubelet at this path. Throws BINARIES_INVALID for
 * a repository that is not used: one that is not signed, or that has been frozen since 2023.
 */
export async function readOfferedVersions(host: HostReader, kubelet: string): Promise<readonly string[] | undefined> {
  const manager = await readPackageManager(host, kubelet)
  if (manager === undefined) return undefined
  const { versions, parseVersions } = managers[manager]
  const repositories = await readPackageRepositories(host, manager)
  const answers = await Promise.all(repositories.map(repository => host.query(versions(repository))))
  const offered = answers
    .flatMap(({ stdout }) => parseVersions(stdout))
    .map(build => `v${build.replace(/-[^-]*$/, '')}`)
  const stable = offered.filter(version => semver.valid(version) !== null && semver.prerelease(version) === null)
  return semver.rsort([...new Set(stable)])
}
