import { expect, it } from 'vitest'
import { fakeHost } from '../../../src/host/fake.ts'
import { missingKeys } from '../../../src/observe/left/missing-keys.ts'
import { makeCluster, makeNode } from '../../fixtures/cluster.ts'

const place = { cluster: makeCluster(), node: makeNode({ name: 'cp2' }), kubeconfigDir: '/etc/kubernetes' }

it('missingKeys lists every key of a host without files, in the given order', async () => {
  expect(await missingKeys(fakeHost(), place, ['ca', 'sa', 'admin.conf'])).toEqual([
    'cp2/ca',
    'cp2/sa',
    'cp2/admin.conf',
  ])
})

it('missingKeys leaves out the keys whose files are on the host', async () => {
  const files = { '/etc/kubernetes/pki/etcd/peer.key': 'x', '/etc/kubernetes/admin.conf': 'x' }
  const wanted = ['etcd-healthcheck-client', 'etcd-server', 'etcd-peer', 'admin.conf'] as const
  const names = await missingKeys(fakeHost({ files }), place, wanted)
  expect(names).toEqual(['cp2/etcd-healthcheck-client', 'cp2/etcd-server'])
})
