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
  ['is left out when it is the default', { unit: 'ExecStart=/usr/bin/kubelet --root-dir=/var/lib/kubelet/' }, {}],
  [
    'is read from kubeadm-flags.env',
    { files: 'KUBELET_KUBEADM_ARGS="--root-dir=/srv/k --v=2"' },
    { rootDirs: ['/srv/k'] },
  ],
  [
    'is read from KUBELET_EXTRA_ARGS',
    { files: "KUBELET_EXTRA_ARGS='--v=2 --root-dir /srv/k'" },
    { rootDirs: ['/srv/k'] },
  ],
  ['is read from a drop-in', { unit: 'Environment="X=--root-dir=/srv/k/"' }, { rootDirs: ['/srv/k'] }],
  [
    'is read from the kubelet that runs',
    { processes: [{ words: ['/usr/bin/kubelet', '--root-dir', '/srv/k'], cgroup: '' }] },
    { rootDirs: ['/srv/k'] },
  ],
  [
    'is read from the kubelet that runs and from its configuration',
    {
      processes: [{ words: ['kubelet', '--root-dir=/a'], cgroup: '' }],
      files: 'KUBELET_EXTRA_ARGS=--root-dir=/b',
    },
    { rootDirs: ['/a', '/b'] },
  ],
  ['is not read from a comment', { files: '# KUBELET_EXTRA_ARGS=--root-dir=/srv/k' }, {}],
  ['is not read from a flag with a similar name', { files: 'X=--my-root-dir=/srv/k --root-dir-x=/y' }, {}],
  ['is left out when it is not absolute', { files: 'X=--root-dir=k' }, {}],
  ['is read for certificates', { files: 'X=--cert-dir=/srv/pki' }, { certDirs: ['/srv/pki'] }],
  ['is read for static pods', { files: 'X=--pod-manifest-path=/srv/pods' }, { podDirs: ['/srv/pods'] }],
  [
    'is read for static pods from the configuration',
    { config: 'staticPodPath: /srv/pods\n' },
    { podDirs: ['/srv/pods'] },
  ],
  [
    'is read for --kubeconfig and --config',
    { files: 'X=--kubeconfig=/srv/a --config=/srv/b' },
    { files: ['/srv/b', '/srv/a'] },
  ],
])('the directory of a kubelet flag %s', async (_, found, expected) => {
  expect(await read(found)).toEqual({ ...none, ...expected })
})
