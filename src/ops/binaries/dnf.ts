import { nodeBinaries } from '../../cluster/binary-source.ts'
import type { PackageCommands } from './package-commands.ts'

/** The repository file of the Kubernetes documentation excludes the packages from every other update. */
const included = (ids: readonly string[]) => ids.map(id => `--setopt=disable_excludes=${id}`)

const kubelets = (ids: readonly string[]) => [
  ...['repoquery', ...included(ids), ...ids.map(id => `--repo=${id}`)],
  ...['--qf', String.raw`%{version}-%{release}\n`, 'kubelet'],
]

export const dnf: PackageCommands = {
  owner: path => ['rpm', '-qf', path],
  installed: ['sh', '-c', String.raw`rpm -q --qf '%{NAME}\n' "$@" | grep -v ' '`, 'sh', ...nodeBinaries],
  refresh: ({ ids }) => ['dnf', '-y', '-q', 'makecache', '--refresh', ...ids.map(id => `--repo=${id}`)],
  versions: ({ ids }) => ['dnf', '-q', ...kubelets(ids)],
  knownVersions: ({ ids }) => ['dnf', '-q', '-C', ...kubelets(ids)],
  assumeVersion: version => `${version}-*`,
  // dnf prints the oldest first, some versions of it an empty line after each.
  parseVersions: stdout =>
    stdout
      .split('\n')
      .filter(line => line !== '')
      .reverse(),
  // The exclusion in the repository file holds the packages, and stays.
  install: (packages, { repository, downloadOnly }) => [
    ...(['dnf', '-y', '-q', 'install', ...included(repository.ids), '--setopt=gpgcheck=1'] as const),
    ...(downloadOnly ? ['--downloadonly'] : []),
    ...packages.map(({ name, version }) => `${name}-${version}`),
  ],
}
