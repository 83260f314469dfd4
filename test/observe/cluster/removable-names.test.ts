import { expect, it } from 'vitest'
import { fakeMember } from '../../../src/clients/etcd/fake.ts'
import { fakeKube } from '../../../src/clients/kube/fake.ts'
import { KadmError } from '../../../src/errors/kadm-error.ts'
import { refuseUnknownName } from '../../../src/observe/cluster/removable-names.ts'

const node = (name: string) => ({ apiVersion: 'v1', kind: 'Node', metadata: { name } })
const kube = fakeKube({ objects: [node('w1'), node('cp1')] })
const members = async () => [
  fakeMember('1', 'cp1', '10.77.0.11'),
  fakeMember('2', 'cp2', '10.77.0.12'),
  fakeMember('171', '', '10.77.0.19', { learner: true }),
]

it.each(['w1', 'cp1', 'cp2', '10.77.0.19', '0xab'])('the node name %s can be removed', async name => {
  await refuseUnknownName(kube, name, members)
})

it.each(['cp3', '10.77.0.12', 'w1.example.com'])(
  'the unknown node name %s is refused, with the names that exist',
  async name => {
    await expect(refuseUnknownName(kube, name, members)).rejects.toMatchObject({
      code: 'API_REFUSED',
      status: 404,
      message: `the cluster has no Node ${name}, and etcd has no member with this name`,
      hint: 'the Nodes of the cluster are cp1, w1; etcd has members without a Node: cp2; use the address of members that never started: 10.77.0.19',
    })
  },
)

it.each(['API_UNREACHABLE', 'ETCD_UNREACHABLE'] as const)(
  'an unknown node name is not refused when the lookup fails with %s',
  async code => {
    const silent = async () => {
      throw new KadmError(code, 'no answer')
    }
    await refuseUnknownName(code === 'API_UNREACHABLE' ? { ...kube, list: silent } : kube, 'cp3', silent)
  },
)
