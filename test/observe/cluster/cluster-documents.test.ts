import { expect, it } from 'vitest'
import { fakeKube } from '../../../src/clients/kube/fake.ts'
import { readClusterDocuments } from '../../../src/observe/cluster/cluster-documents.ts'
import { configMap } from '../../../src/render/objects/config-map.ts'

const kubeadmConfig = configMap({
  name: 'kubeadm-config',
  data: { ClusterConfiguration: 'kind: ClusterConfiguration' },
})
const kubeProxy = configMap({ name: 'kube-proxy', data: { 'config.conf': 'mode: iptables' } })
const kubelet = configMap({ name: 'kubelet-config', data: { kubelet: 'rotateCertificates: true' }, signed: true })
const edited = { ...kubelet, data: { kubelet: 'rotateCertificates: false' } }

it.each([
  ['with the hash of its content is generated', kubelet, true],
  ['with the hash of another content was edited', edited, false],
  [
    'without a hash was written by the operator',
    { ...kubelet, metadata: { ...kubelet.metadata, annotations: {} } },
    false,
  ],
])('a component configuration %s', async (_, object, generated) => {
  const kube = fakeKube({ objects: [kubeadmConfig, kubeProxy, object] })
  const documents = await readClusterDocuments(kube)
  expect(documents).toMatchObject({ kubeProxy: 'mode: iptables', generated: { kubelet: generated, kubeProxy: false } })
})
