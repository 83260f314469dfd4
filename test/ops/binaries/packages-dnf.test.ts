import { expect, it } from 'vitest'
import { fakeHost } from '../../../src/host/fake.ts'
import { prepareBinaries } from '../../../src/ops/binaries/node-binaries.ts'

const file = '/etc/yum.repos.d/kubernetes.repo'
const text = '[kubernetes]\nbaseurl=https://pkgs.k8s.io/core:/stable:/v1.36/rpm/\ngpgcheck=1\nexclude=kubelet kubectl\n'

/** Answers as dnf 4.14 and rpm 4.18 print them. */
function answerOf(words: string): { readonly code?: number; readonly stdout?: string } {
  if (words.startsWith('dpkg-query')) return { code: 127 }
  if (words.includes('grep -lsE')) return { stdout: `${file}\n` }
  if (words.includes('rpm -q --qf')) return { stdout: 'kubelet\nkubectl\n' }
  if (words.includes('repoquery')) return { stdout: '1.37.1-150500.1.1\n\n1.37.2-150500.1.1\n\n1.37.2-150500.2.1\n\n' }
  return {}
}

it('the packages of dnf are excluded from every other update, and the newest build of a version is chosen', async () => {
  const host = fakeHost({ files: { [file]: text }, commands: ({ argv }) => answerOf(argv.join(' ')) })
  const installed = new Map([['kubelet', '/usr/bin/kubelet']] as const)
  const prepared = await prepareBinaries(host, { source: { kind: 'packages' }, version: 'v1.37.2', installed })
  expect(prepared).toMatchObject({ packages: { manager: 'dnf', version: 'v1.37.2' } })
  const commands = host.calls.filter(({ verb }) => verb === 'exec').map(({ argv }) => argv.join(' '))
  const included = '--setopt=disable_excludes=kubernetes --setopt=gpgcheck=1'
  expect(commands).toEqual([
    'dnf -y -q makecache --refresh --repo=kubernetes',
    `dnf -y -q install ${included} --downloadonly kubelet-1.37.2-150500.2.1 kubectl-1.37.2-150500.2.1`,
  ])
  expect(Buffer.from((await host.readFile(file)) ?? []).toString()).toBe(text.replace('v1.36', 'v1.37'))
})
