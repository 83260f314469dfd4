import { expect, it } from 'vitest'
import { fakeKube } from '../../../../src/clients/kube/fake.ts'
import type { KubeObject } from '../../../../src/cluster/kube-object.ts'
import { KadmError } from '../../../../src/errors/kadm-error.ts'
import { findObjectsOfRemovedKinds } from '../../../../src/observe/cluster/upgrade/removed-kinds.ts'

const cidr = (name: string, writtenIn: string): KubeObject => ({
  ...{ apiVersion: 'networking.k8s.io/v1', kind: 'ServiceCIDR' },
  metadata: { name, managedFields: [{ manager: 'kubectl', apiVersion: `networking.k8s.io/${writtenIn}` }] },
})
const objects = [cidr('kubernetes', 'v1'), ...['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(name => cidr(name, 'v1beta1'))]

it('objects that were written in a removed version are named', async () => {
  const found = await findObjectsOfRemovedKinds(fakeKube({ objects }), 37)
  expect(found.map(({ message }) => message)).toEqual([
    'clients wrote objects of ServiceCIDR in networking.k8s.io/v1beta1, which v1.37 no longer serves: a, b, c, d, e and 2 more',
  ])
})

it('a version that the target still serves gives no finding', async () => {
  expect(await findObjectsOfRemovedKinds(fakeKube({ objects }), 36)).toEqual([])
})

it('a kind that the cluster does not serve has no objects', async () => {
  const fail = () => new KadmError('API_REFUSED', 'the server does not have it', { status: 404 })
  expect(await findObjectsOfRemovedKinds(fakeKube({ fail }), 37)).toEqual([])
})
