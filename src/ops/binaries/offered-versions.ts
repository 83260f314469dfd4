import semver from 'semver'
import { KadmError } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { readPackageRepositories } from './package-repository.ts'
import { managers, readPackageManager } from './packages.ts'

const timeoutMs = 10_000

/**
 * Returns the stable versions of the kubelet in the index of a node's package manager, such as `v1.37.3`, the newest first;
 * undefined if no package owns the kubelet at this path. Throws BINARIES_INVALID for a repository that an upgrade would
 * refuse, and if the index cannot be read.
 */
export async function readOfferedVersions(host: HostReader, kubelet: string): Promise<readonly string[] | undefined> {
  const name = await readPackageManager(host, kubelet)
  if (name === undefined) return undefined
  const { knownVersions, parseVersions } = managers[name]
  const repositories = await readPackageRepositories(host, name)
  const answers = await Promise.all(
    repositories.map(async repository => {
      const { code, stdout, stderr } = await host.query(knownVersions(repository), { timeoutMs })
      if (code === 0) return parseVersions(stdout)
      const why = stderr.trim().split('\n').at(-1) || `exit code ${code}`
      throw new KadmError('BINARIES_INVALID', `the index of ${repository.path} cannot be read: ${why}`, {
        hint: 'refresh the index of the package manager on this node, and run the plan again',
      })
    }),
  )
  const versions = answers.flat().map(build => `v${build.replace(/-[^-]*$/, '')}`)
  const stable = versions.filter(version => semver.valid(version) !== null && semver.prerelease(version) === null)
  return semver.rsort([...new Set(stable)])
}
