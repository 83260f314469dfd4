import { expect, it } from 'vitest'
import { readPackagedKubelets } from '../../src/compose/upgrade-findings.ts'
import { fakeHost } from '../../src/host/fake.ts'
import { dnf } from '../../src/ops/binaries/dnf.ts'

const list = '/etc/apt/sources.list.d/kubernetes.list'
const signed = 'deb [signed-by=/etc/apt/keyrings/k.gpg] https://pkgs.k8s.io/core:/stable:/v1.37/deb/ /\n'

/** A host whose kubelet belongs to a package of apt, which has these versions; without versions, to no package. */
function hostWith(versions: readonly string[] | 'broken' | undefined, repository = signed) {
  return fakeHost({
    files: { [list]: repository },
    commands: ({ argv }) => {
      const [program, option = '', script = ''] = argv
      if (program === 'dpkg-query') return versions === undefined ? 1 : { stdout: 'kubelet: /usr/bin/kubelet\n' }
      if (program === 'apt-cache') {
        if (versions === 'broken') return { code: 100, stderr: 'E: broken\nthe lists are damaged\n' }
        return {
          stdout: (versions ?? []).map(version => ` kubelet | ${version}-1.1 | https://pkgs.k8s.io \n`).join(''),
        }
      }
      if (option === '-c' && script.includes('grep')) return { stdout: `${list}\n` }
      return program === 'sh' ? { stdout: '/usr/bin/kubelet\n' } : undefined
    },
  })
}

it('hosts without packages of the kubelet offer no versions', async () => {
  expect(await readPackagedKubelets([hostWith(undefined)])).toEqual({ versions: [], findings: [] })
})

it('only versions that all hosts with packages can install are offered, the newest first', async () => {
  const hosts = [
    hostWith(['1.37.4', '1.37.2', '1.37.10', '1.38.0~rc.1']),
    hostWith(undefined),
    hostWith(['1.37.10', '1.37.2']),
  ]
  expect(await readPackagedKubelets(hosts)).toEqual({ versions: ['v1.37.10', 'v1.37.2'], findings: [] })
})

const unsigned = 'deb [trusted=yes] https://pkgs.k8s.io/core:/stable:/v1.37/deb/ /\n'

it('a repository without verified signatures is a finding for each host, and then no version is offered', async () => {
  const hosts = [hostWith(['1.37.4']), hostWith(['1.37.4'], unsigned), hostWith(['1.37.4'], unsigned)]
  const finding = {
    check: 'KubeletPackages',
    level: 'warning',
    message: expect.stringMatching(/^fake: .*kubernetes\.list/),
  }
  expect(await readPackagedKubelets(hosts)).toMatchObject({ versions: [], findings: [finding, finding] })
})

it('an index that cannot be read is a finding', async () => {
  const { findings } = await readPackagedKubelets([hostWith('broken')])
  expect(findings.map(({ message }) => message)).toEqual([
    `fake: the index of ${list} cannot be read: the lists are damaged`,
  ])
})

it('dnf reads only its cache', () => {
  expect(
    dnf.knownVersions({ path: '/etc/yum.repos.d/kubernetes.repo', text: '', minors: [], ids: ['kubernetes'] }),
  ).toEqual([
    ...['dnf', '-q', '-C', 'repoquery', '--setopt=disable_excludes=kubernetes', '--repo=kubernetes'],
    ...['--qf', '%{version}-%{release}\\n', 'kubelet'],
  ])
})
