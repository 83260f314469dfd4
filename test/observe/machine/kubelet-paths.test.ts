import { expect, it } from 'vitest'
import { fakeHost } from '../../../src/host/fake.ts'
import { readKubeletPaths } from '../../../src/observe/machine/kubelet-paths.ts'
import { type FakeProcess, processAnswers } from '../../fixtures/processes.ts'

interface Found {
  readonly unit?: string
  readonly files?: string
  readonly processes?: readonly FakeProcess[]
  readonly config?: string
}

function read({ unit = '', files = '', processes = [], config }: Found) {
  const stdout = `\u001eunit\n${unit}\n\u001efiles\n${files}\n${processAnswers(processes)}`
  return readKubeletPaths(
    fakeHost({
      files: config === undefined ? {} : { '/var/lib/kubelet/config.yaml': config },
      commands: ({ argv }) => (argv[0] === 'sh' ? { stdout } : undefined),
    }),
  )
}

const none = { rootDirs: [], certDirs: [], podDirs: [], files: [] }

it.each<[string, Found, object]>([
  ['of the usual place is nothing', { unit: 'ExecStart=/usr/bin/kubelet --root-dir=/var/lib/kubelet/' }, {}],
  ['of kubeadm-flags.env', { files: 'KUBELET_KUBEADM_ARGS="--root-dir=/srv/k --v=2"' }, { rootDirs: ['/srv/k'] }],
  ['of KUBELET_EXTRA_ARGS', { files: "KUBELET_EXTRA_ARGS='--v=2 --root-dir /srv/k'" }, { rootDirs: ['/srv/k'] }],
  ['of a drop-in', { unit: 'Environment="X=--root-dir=/srv/k/"' }, { rootDirs: ['/srv/k'] }],
  [
    'of the kubelet that runs',
    { processes: [{ words: ['/usr/bin/kubelet', '--root-dir', '/srv/k'], cgroup: '' }] },
    { rootDirs: ['/srv/k'] },
  ],
  [
    'of one that runs and another that is configured',
    {
      processes: [{ words: ['kubelet', '--root-dir=/a'], cgroup: '' }],
      files: 'KUBELET_EXTRA_ARGS=--root-dir=/b',
    },
    { rootDirs: ['/a', '/b'] },
  ],
  ['of a comment is nothing', { files: '# KUBELET_EXTRA_ARGS=--root-dir=/srv/k' }, {}],
  ['with another name is another', { files: 'X=--my-root-dir=/srv/k --root-dir-x=/y' }, {}],
  ['that is not absolute is nothing', { files: 'X=--root-dir=k' }, {}],
  ['for certificates', { files: 'X=--cert-dir=/srv/pki' }, { certDirs: ['/srv/pki'] }],
  ['for static pods', { files: 'X=--pod-manifest-path=/srv/pods' }, { podDirs: ['/srv/pods'] }],
  ['for static pods, in the configuration', { config: 'staticPodPath: /srv/pods\n' }, { podDirs: ['/srv/pods'] }],
  ['for its files', { files: 'X=--kubeconfig=/srv/a --config=/srv/b' }, { files: ['/srv/b', '/srv/a'] }],
])('the directory of a flag %s', async (_, found, expected) => {
  expect(await read(found)).toEqual({ ...none, ...expected })
})
