import { describe, expect, it } from 'vitest'
import { fakeHost } from '../../../src/host/fake.ts'
import {
  type PackageManager,
  readPackageRepositories,
  withMinor,
} from '../../../src/ops/binaries/package-repository.ts'
import { rejection } from '../../contract/hosts.ts'

/** A host whose grep finds these files. */
function host(files: Readonly<Record<string, string>>) {
  const commands = () => ({
    stdout: Object.keys(files)
      .map(path => `${path}\n`)
      .join(''),
  })
  return fakeHost({ files, commands })
}

const url = 'https://pkgs.k8s.io/core:/stable:'
const list = `# deb ${url}/v1.30/deb/ /\ndeb [signed-by=/etc/apt/keyrings/kubernetes-apt-keyring.gpg] ${url}/v1.36/deb/ /\n`
const sources = `Types: deb\nURIs: ${url}/v1.36/deb/\nSuites: /\nSigned-By: /etc/apt/keyrings/k.gpg\n\nTypes: deb\nEnabled: no\nURIs: ${url}/v1.35/deb/\nSuites: /\n`
const repo = `[kubernetes]
name=Kubernetes
baseurl=${url}/v1.36/rpm/
enabled=1
gpgcheck=1
gpgkey=${url}/v1.36/rpm/repodata/repomd.xml.key
exclude=kubelet kubeadm kubectl cri-tools kubernetes-cni

[old]
baseurl=${url}/v1.35/rpm/
enabled=0
`

const files: readonly (readonly [PackageManager, string, string])[] = [
  ['apt', '/etc/apt/sources.list.d/k8s.list', list],
  ['apt', '/etc/apt/sources.list.d/k8s.sources', sources],
  ['dnf', '/etc/yum.repos.d/kubernetes.repo', repo],
]

describe('readPackageRepositories and withMinor', () => {
  it.each(files)('%s: only the minor of the active entries of %s changes', async (manager, path, text) => {
    const [found] = await readPackageRepositories(host({ [path]: text }), manager)
    expect(found).toMatchObject({ path, minors: ['v1.36'], ids: manager === 'dnf' ? ['kubernetes'] : [] })
    expect(found && withMinor(found, 'v1.37')).toBe(text.replaceAll('v1.36', 'v1.37'))
    expect(found && withMinor(found, 'v1.36')).toBe(text)
  })

  it.each(['pkgs.kubernetes.io', 'packages.kubernetes.io', 'mirror.example.com/kubernetes'])(
    'a repository of %s counts as current',
    async name => {
      const path = '/etc/apt/sources.list'
      const text = list.replaceAll('pkgs.k8s.io', name)
      expect(await readPackageRepositories(host({ [path]: text }), 'apt')).toHaveLength(1)
    },
  )

  it.each<[string, PackageManager, string, string]>([
    ['trusted=yes', 'apt', '/etc/x.list', list.replace('signed-by=', 'trusted=yes signed-by=')],
    ['allow-insecure=yes', 'apt', '/etc/x.list', list.replace('signed-by=', 'allow-insecure=yes signed-by=')],
    ['Trusted: yes', 'apt', '/etc/x.sources', sources.replace('Signed-By: /etc/apt/keyrings/k.gpg', 'Trusted: yes')],
    ['gpgcheck=0', 'dnf', '/etc/x.repo', repo.replace('gpgcheck=1', 'gpgcheck=0')],
  ])('an entry with %s is refused', async (_, manager, path, text) => {
    const error = await rejection(readPackageRepositories(host({ [path]: text }), manager))
    expect(error.message).toBe(`${path} turns off the verification of package signatures`)
  })

  it.each([
    ['apt', '/etc/x.list', 'deb https://apt.kubernetes.io/ kubernetes-xenial main\n'],
    ['apt', '/etc/x.list', 'deb https://packages.cloud.google.com/apt kubernetes-xenial main\n'],
    ['dnf', '/etc/x.repo', '[kubernetes]\nbaseurl=https://yum.kubernetes.io/repos/kubernetes-el7-x86_64\ngpgcheck=1\n'],
    [
      'dnf',
      '/etc/x.repo',
      '[k]\nbaseurl=https://packages.cloud.google.com/yum/repos/kubernetes-el7-x86_64\ngpgcheck=1\n',
    ],
  ] as const)('%s: the frozen repository in %s is refused with its successor', async (manager, path, text) => {
    const error = await rejection(readPackageRepositories(host({ [path]: text }), manager))
    expect(error.message).toContain('has had no new version since 2023')
    expect(error.hint).toContain('https://pkgs.k8s.io/core:/stable:/v1.N/')
  })

  it('a frozen repository does not matter next to a current one', async () => {
    const text = `deb https://apt.kubernetes.io/ kubernetes-xenial main\n${list}`
    expect(await readPackageRepositories(host({ '/etc/x.list': text }), 'apt')).toMatchObject([{ minors: ['v1.36'] }])
  })
})
