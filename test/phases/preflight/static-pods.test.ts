import { describe, expect, it } from 'vitest'
import { parseKubeletUnit } from '../../../src/observe/machine/kubelet-unit.ts'
import { judgeNameOverride } from '../../../src/phases/preflight/kubelet-node-name.ts'
import { judgeDuplicateManifests } from '../../../src/phases/preflight/static-pod-duplicates.ts'

const pod = (name: string, namespace = 'kube-system') =>
  `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\n  namespace: ${namespace}\nspec: {}\n`
const folder = (files: Readonly<Record<string, string>>) =>
  Object.entries(files)
    .map(([name, text]) => `\u001d${name}\n${text}`)
    .join('')
const components = ['etcd', 'kube-apiserver']
const own = { 'etcd.yaml': pod('etcd'), 'kube-apiserver.yaml': pod('kube-apiserver') }

describe('additional manifests', () => {
  it.each<[string, Record<string, string>]>([
    ['kube-apiserver.yaml.bak', { 'kube-apiserver.yaml.bak': pod('kube-apiserver') }],
    ['kube-apiserver.yaml~', { 'kube-apiserver.yaml~': pod('kube-apiserver') }],
    ['kube-apiserver.yaml.swp', { 'kube-apiserver.yaml.swp': pod('kube-apiserver') }],
    ['api', { api: `${pod('kube-apiserver')}---\n${pod('other')}` }],
    ['api.json', { 'api.json': '{"kind": "Pod", "metadata": {"name": "kube-apiserver", "namespace": "kube-system"}}' }],
    ['copy.yaml', { 'copy.yaml': `# a comment\n${pod('"kube-apiserver"')}` }],
  ])('preflight reports a second manifest of the same static pod: %s', (name, files) => {
    const [found, ...more] = judgeDuplicateManifests(folder({ ...own, ...files }), components)
    expect(more).toEqual([])
    expect(found).toMatchObject({
      level: 'error',
      message: expect.stringContaining(`/etc/kubernetes/manifests/${name} defines the pod kube-apiserver`),
      remedy: expect.stringMatching(/`mv \S+ \/root\/ && systemctl restart kubelet`$/),
    })
  })

  it.each<[string, Record<string, string>]>([
    ['defines another pod', { 'proxy.yaml': pod('haproxy') }],
    ['defines a pod in another namespace', { 'x.yaml': pod('etcd', 'default') }],
    ['is not a manifest', { 'x.yaml': 'text: [', 'y.yaml': '', 'z.yaml': '- 1' }],
    ['defines a component that this run does not start', { 'x.yaml': pod('kube-scheduler') }],
    ['comes second in a file, where the kubelet ignores it', { 'x.yaml': `${pod('x')}---\n${pod('etcd')}` }],
  ])('preflight accepts an additional file in the manifests directory that %s', (_, files) => {
    expect(judgeDuplicateManifests(folder({ ...own, ...files }), components)).toEqual([])
  })
})

describe('the host name override', () => {
  const exec = (argv: string) =>
    `ExecStart={ path=/usr/bin/kubelet ; argv[]=/usr/bin/kubelet ${argv} ; ignore_errors=no }`
  const usual = exec('$KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS')
  const judged = (name: string, answer: string) => judgeNameOverride(name, parseKubeletUnit(answer))

  it.each([
    ['in the environment file', `${usual}\nfile KUBELET_EXTRA_ARGS=--hostname-override=Other`],
    ['in quotes', `${usual}\nfile KUBELET_EXTRA_ARGS="--v=2 --hostname-override=other"`],
    ['as two words', `${usual}\nfile KUBELET_EXTRA_ARGS="--hostname-override other --v=2"`],
    ['on the command line of a drop-in', exec('--hostname-override=other')],
    ['twice, with the last one in effect', exec('--hostname-override=w1 --hostname-override=other')],
  ])('preflight reports a --hostname-override that differs from the node name: %s', (_, answer) => {
    expect(judged('other', answer)).toEqual([])
    expect(judged('w1', answer)).toMatchObject([
      {
        level: 'error',
        message: expect.stringContaining('would register as other'),
        remedy: expect.stringContaining('--node-name other'),
      },
    ])
  })

  it.each(['', usual, `${usual}\nfile #KUBELET_EXTRA_ARGS=--hostname-override=other`])(
    'preflight finds no --hostname-override in %j',
    answer => {
      expect(judged('w1', answer)).toEqual([])
    },
  )
})
