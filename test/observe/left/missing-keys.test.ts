import { describe, expect, it } from 'vitest'
import { fakeHost } from '../../../src/host/fake.ts'
import { missingKeys } from '../../../src/observe/left/missing-keys.ts'
import { makeCluster, makeNode } from '../../fixtures/cluster.ts'

const place = { cluster: makeCluster(), node: makeNode({ name: 'cp2' }), kubeconfigDir: '/etc/kubernetes' }
const etcd = ['etcd-healthcheck-client', 'etcd-server', 'etcd-peer']
const prepare = 'control-plane-prepare'

describe('the keys that are missing', () => {
  it.each<readonly [string, readonly string[], readonly string[]]>([
    ['of one phase of init', ['certs/ca'], ['ca']],
    [
      'in the order of need, not of the phases',
      ['kubeconfig/admin', 'certs/sa', 'certs/ca'],
      ['ca', 'sa', 'admin.conf'],
    ],
    ['of a joining control plane', [`${prepare}/kubeconfig/admin`, `${prepare}/certs/etcd`], [...etcd, 'admin.conf']],
    ['of phases that make none', ['preflight', 'kubelet-start'], []],
  ])('%s', async (_, phases, names) => {
    expect(await missingKeys(fakeHost(), place, phases)).toEqual(names.map(name => `cp2/${name}`))
  })

  it('are not those whose files are on the machine', async () => {
    const files = { '/etc/kubernetes/pki/etcd/peer.key': 'x', '/etc/kubernetes/admin.conf': 'x' }
    const phases = [`${prepare}/certs/etcd`, `${prepare}/kubeconfig/admin`]
    const names = await missingKeys(fakeHost({ files }), place, phases)
    expect(names).toEqual(['cp2/etcd-healthcheck-client', 'cp2/etcd-server'])
  })
})
