import { expect, it } from 'vitest'
import { fakeKube } from '../../../src/clients/kube/fake.ts'
import type { KubeObject } from '../../../src/cluster/kube-object.ts'
import { readRunningVersions } from '../../../src/observe/cluster/running-versions.ts'

const pod = (component: string, nodeName: string, image: string): KubeObject => ({
  ...{ apiVersion: 'v1', kind: 'Pod' },
  metadata: {
    name: `${component}-${nodeName}`,
    namespace: 'kube-system',
    labels: { component, tier: 'control-plane' },
  },
  spec: { nodeName, containers: [{ name: component, image }] },
})
const coredns: KubeObject = {
  ...{ apiVersion: 'apps/v1', kind: 'Deployment' },
  metadata: { name: 'coredns', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } },
  spec: { template: { spec: { containers: [{ image: 'registry.example.com:5000/coredns:v1.14.2' }] } } },
}
const node = { name: 'w1', controlPlane: false, addresses: [], kubeletVersion: 'v1.35.4' }

it('versions come from the tags of images, and the cluster has the highest one of its API servers', async () => {
  const objects = [
    coredns,
    pod('kube-apiserver', 'cp1', 'registry.k8s.io/kube-apiserver:v1.36.3'),
    pod('kube-apiserver', 'cp2', 'registry.example.com:5000/kube-apiserver:v1.37.2@sha256:00'),
    pod('etcd', 'cp1', 'registry.k8s.io/etcd:3.6.8-0_vendor.1'),
  ]
  expect(await readRunningVersions(fakeKube({ objects }), [node])).toEqual({
    cluster: '1.37.2',
    components: [
      { name: 'kube-apiserver', node: 'cp1', version: 'v1.36.3' },
      { name: 'kube-apiserver', node: 'cp2', version: 'v1.37.2' },
      { name: 'etcd', node: 'cp1', version: '3.6.8-0+vendor.1' },
      { name: 'kubelet', node: 'w1', version: 'v1.35.4' },
    ],
    coredns: 'v1.14.2',
  })
})

it.each([
  [[], /no pod of kube-apiserver exists/],
  [[pod('kube-apiserver', 'cp1', 'example.com/kube-apiserver:latest')], /the tag is "latest"/],
])('a cluster whose version cannot be read is an error', async (objects, message) => {
  await expect(readRunningVersions(fakeKube({ objects }), [])).rejects.toThrow(message)
})
