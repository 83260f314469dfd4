import { nodeBinaries } from '../../cluster/binary-source.ts'
import type { PackageCommands } from './package-commands.ts'

/** Waits for another run of apt; never installs a package without a valid signature. */
const options = [
  ...['-o', 'DPkg::Lock::Timeout=120'],
  ...['-o', 'APT::Get::AllowUnauthenticated=false'],
  ...['-o', 'Acquire::AllowInsecureRepositories=false'],
] as const

const madison = ['apt-cache', 'madison', 'kubelet'] as const

export const apt: PackageCommands = {
  owner: path => ['dpkg-query', '-S', path],
  installed: [
    'sh',
    '-c',
    String.raw`dpkg -l "$@" 2>/dev/null | sed -n 's/^.i[^ ]* *\([a-z]*\).*/\1/p'`,
    'sh',
    ...nodeBinaries,
  ],
  refresh: ({ path }) => [
    ...(['apt-get', 'update', '-q', ...options] as const),
    // Only this file, and the indexes of the others stay.
    ...['-o', `Dir::Etc::sourcelist=${path}`, '-o', 'Dir::Etc::sourceparts=-', '-o', 'APT::Get::List-Cleanup=0'],
    ...['-o', 'APT::Update::Error-Mode=any'],
  ],
  versions: () => madison,
  // apt-cache never uses the network.
  knownVersions: () => madison,
  assumeVersion: version => ` kubelet | ${version}-* | `,
  parseVersions: stdout => stdout.split('\n').flatMap(line => line.split('|')[1]?.trim() ?? []),
  install: (packages, { downloadOnly }) => [
    ...(['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', 'install', '-y', '-q', ...options] as const),
    ...['--no-install-recommends', '--no-remove', '--allow-change-held-packages', '--allow-downgrades'],
    ...['-o', 'Dpkg::Options::=--force-confdef', '-o', 'Dpkg::Options::=--force-confold'],
    ...(downloadOnly ? ['--download-only'] : []),
    ...packages.map(({ name, version }) => `${name}=${version}`),
  ],
  holds: { read: ['apt-mark', 'showhold', ...nodeBinaries], set: names => ['apt-mark', 'hold', ...names] },
}
