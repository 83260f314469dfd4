import { expect, it } from 'vitest'
import { readPackagedKubelets } from '../../src/compose/upgrade-findings.ts'
import { fakeHost } from '../../src/host/fake.ts'

const list = '/etc/apt/sources.list.d/kubernetes.list'
const signed = 'deb [signed-by=/etc/apt/keyrings/k.gpg] https://pkgs.k8s.io/core:/stable:/v1.37/deb/ /\n'

/** A host whose kubelet belongs to a package of apt, which has these versions; without versions, to no package. */
function hostWith(versions: readonly string[] | undefined, repository = signed) {
  return fakeHost({
    files: { [list]: repository },
    commands: ({ argv }) => {
      const [program, option = '', script = ''] = argv
      if (program === 'dpkg-query') return versions === undefined ? 1 : { stdout: 'kubelet: /usr/bin/kubelet\n' }
      if (program === 'apt-cache') {
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

it('a repository without verified signatures is a finding and offers no version', async () => {
  const unsigned = 'deb [trusted=yes] https://pkgs.k8s.io/core:/stable:/v1.37/deb/ /\n'
  expect(await readPackagedKubelets([hostWith(['1.37.4'], unsigned)])).toMatchObject({
    versions: [],
    findings: [{ check: 'KubeletPackages', level: 'warning', message: expect.stringContaining(list) }],
  })
})
