import { expect, it } from 'vitest'
import { fakeMember } from '../../../src/clients/etcd/fake.ts'
import type { ClusterState } from '../../../src/cluster/state.ts'
import { KadmError } from '../../../src/errors/kadm-error.ts'
import { refuseUnknownName } from '../../../src/observe/cluster/removable-names.ts'
import { makeConfig } from '../../fixtures/cluster.ts'

const node = (name: string) => ({ name, controlPlane: false, addresses: [] })
const state: ClusterState = {
  stored: makeConfig(),
  nodes: [node('w1'), node('cp1')],
  etcd: [
    fakeMember('1', 'cp1', '10.77.0.11'),
    fakeMember('2', 'cp2', '10.77.0.12'),
    fakeMember('171', '', '10.77.0.19', { learner: true }),
  ],
}

it.each(['w1', 'cp1', 'cp2', '10.77.0.19', '0xab'])('the node name %s can be removed', name => {
  refuseUnknownName(state, name)
})

it.each(['cp3', '10.77.0.12', 'w1.example.com'])(
  'the unknown node name %s is refused, with the names that exist',
  name => {
    expect(() => refuseUnknownName(state, name)).toThrow(
      expect.objectContaining({
        code: 'API_REFUSED',
        status: 404,
        message: `the cluster has no Node ${name}, and etcd has no member with this name`,
        hint: 'the Nodes of the cluster are cp1, w1; etcd has members without a Node: cp2; use the address of members that never started: 10.77.0.19',
      }),
    )
  },
)

const { etcd: _, nodes: __, ...neither } = state
const { etcd: ___, ...onlyNodes } = state
const failing = (part: 'nodes' | 'etcd', error: KadmError) => ({
  ...(part === 'nodes' ? neither : onlyNodes),
  unanswered: [{ part, from: 'a server', error }],
})

it.each([
  ['nodes', new KadmError('API_UNREACHABLE', 'no answer')],
  ['nodes', new KadmError('API_REFUSED', 'overloaded', { status: 429 })],
  ['etcd', new KadmError('ETCD_UNREACHABLE', 'no answer')],
] as const)('an unknown node name is not refused when the cluster does not list its %s: %s', (part, error) => {
  refuseUnknownName(failing(part, error), 'cp3')
})

it.each([
  ['nodes', new KadmError('API_REFUSED', 'forbidden', { status: 403 })],
  ['etcd', new KadmError('CERT_INVALID', 'healthcheck-client.crt does not exist')],
] as const)('the removal of an unknown node name fails with the reason why its %s are not known: %s', (part, error) => {
  expect(() => refuseUnknownName(failing(part, error), 'cp3')).toThrow(error)
})
