import { expect, it } from 'vitest'
import { fakeKube } from '../../../src/clients/kube/fake.ts'
import type { KubeObject } from '../../../src/cluster/kube-object.ts'
import type { ClusterConfiguration } from '../../../src/cluster/spec.ts'
import { KadmError } from '../../../src/errors/kadm-error.ts'
import type { CheckSubject } from '../../../src/phases/preflight/check.ts'
import { clusterSettings } from '../../../src/phases/preflight/cluster-settings.ts'
import { kubeadmConfigMap, kubeletConfigMap } from '../../../src/render/objects/config-map.ts'
import { makeCluster, makeConfig, makeNode } from '../../fixtures/cluster.ts'

const { networking } = makeConfig()
const stored = makeCluster({ config: { networking: { ...networking, podSubnet: '10.244.0.0/16' } } })
const apiserver = '/etc/kubernetes/manifests/kube-apiserver.yaml'

function run(config: Partial<ClusterConfiguration>, kube = fakeKube({ objects: objects() }), left = [apiserver]) {
  const ctx = { cluster: makeCluster({ config }), node: makeNode(), kube: async () => kube }
  return clusterSettings.run({ ctx, earlier: { paths: new Set(left) } } as unknown as CheckSubject)
}

function objects(): readonly KubeObject[] {
  return [kubeadmConfigMap(stored), kubeletConfigMap(stored)]
}

const same = stored.config

it.each<[string, Partial<ClusterConfiguration>, string[]]>([
  ['the same settings', same, []],
  [
    'no pod subnet',
    { networking },
    ['error: this run sets networking.podSubnet to "", and the cluster has "10.244.0.0/16"'],
  ],
  [
    'another endpoint',
    { ...same, controlPlaneEndpoint: 'lb:6443' },
    ['error: this run sets controlPlaneEndpoint to "lb:6443", and the cluster has ""'],
  ],
  [
    'other arguments of a component',
    { ...same, scheduler: { extraArgs: [{ name: 'v', value: '4' }] } },
    ['warning: this run changes these settings of the running cluster: scheduler'],
  ],
])('a further init with %s', async (_, config, expected) => {
  expect((await run(config)).map(({ level, message }) => `${level}: ${message}`)).toEqual(expected)
})

it('a first init, and one whose API server does not answer, is not compared', async () => {
  expect(await run({ networking }, undefined, [])).toEqual([])
  const silent = fakeKube({ fail: () => new KadmError('API_UNREACHABLE', 'connection refused') })
  expect(await run({ networking }, silent)).toEqual([])
})

it('a further init names the configurations that were changed since the first one', async () => {
  const edited = makeCluster({
    config: same,
    kubelet: { ...stored.kubelet, tree: { ...stored.kubelet.tree, serverTLSBootstrap: true } },
  })
  const kube = fakeKube({ objects: [kubeadmConfigMap(edited), kubeletConfigMap(edited)] })
  expect(await run(same, kube)).toMatchObject([
    { level: 'warning', message: expect.stringMatching(/: ConfigMap kubelet-config$/) },
  ])
})
