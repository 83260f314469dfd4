import { expect, it } from 'vitest'
import { fakeMember } from '../../../src/clients/etcd/fake.ts'
import { fakeKube } from '../../../src/clients/kube/fake.ts'
import { readEtcdEndpoints, votingEndpoints } from '../../../src/observe/etcd/endpoints.ts'

const annotation = 'kubeadm.kubernetes.io/etcd.advertise-client-urls'
const pod = (name: string, annotations: Record<string, string>, component = 'etcd') => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'kube-system', labels: { component, tier: 'control-plane' }, annotations },
})

it('readEtcdEndpoints reads the client URLs from the annotations of the etcd pods', async () => {
  const objects = [
    pod('etcd-cp1', { [annotation]: 'https://10.0.0.1:2379' }),
    pod('etcd-cp2', { [annotation]: 'https://10.0.0.2:2379,https://[fd00::2]:2379' }),
    pod('kube-apiserver-cp1', {}, 'kube-apiserver'),
  ]
  expect(await readEtcdEndpoints(fakeKube({ objects }))).toEqual([
    'https://10.0.0.1:2379',
    'https://10.0.0.2:2379',
    'https://[fd00::2]:2379',
  ])
})

it.each([
  ['no pod', [], /no pod of etcd/],
  ['a pod without the annotation', [pod('etcd-cp1', {})], /etcd-cp1 does not carry/],
])('readEtcdEndpoints reports that the members are not known with %s', async (_, objects, words) => {
  await expect(readEtcdEndpoints(fakeKube({ objects }))).rejects.toMatchObject({
    code: 'ETCD_UNREACHABLE',
    message: expect.stringMatching(words),
  })
})

it('votingEndpoints returns the endpoints of started members that vote', () => {
  const members = [
    fakeMember('1', 'cp1', '10.0.0.1'),
    fakeMember('2', '', '10.0.0.2'),
    fakeMember('3', 'cp3', '10.0.0.3', { learner: true }),
  ]
  expect(votingEndpoints(members)).toEqual(['https://10.0.0.1:2379'])
})
