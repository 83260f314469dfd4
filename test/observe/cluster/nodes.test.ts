import { describe, expect, it } from 'vitest'
import { fakeKube } from '../../../src/clients/kube/fake.ts'
import type { KubeObject } from '../../../src/cluster/kube-object.ts'
import { KadmError } from '../../../src/errors/kadm-error.ts'
import { readClusterNodes } from '../../../src/observe/cluster/nodes.ts'

const refuse = (status: number) => ({ fail: () => new KadmError('API_REFUSED', 'no', { status }) })

describe('readClusterNodes', () => {
  it('readClusterNodes returns the name, role, internal addresses and host IDs of each Node', async () => {
    const cp: KubeObject = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'cp1', labels: { 'node-role.kubernetes.io/control-plane': '' } },
      spec: { unschedulable: true },
      status: {
        addresses: [
          { type: 'InternalIP', address: '10.0.0.1' },
          { type: 'Hostname', address: 'cp1' },
        ],
        nodeInfo: { kubeletVersion: 'v1.37.2', machineID: 'abc', systemUUID: '4C4C-44' },
      },
    }
    const fresh: KubeObject = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'w1' } }
    expect(await readClusterNodes(fakeKube({ objects: [cp, fresh] }))).toEqual([
      {
        ...{ name: 'cp1', controlPlane: true, addresses: ['10.0.0.1'], cordoned: true, kubeletVersion: 'v1.37.2' },
        ...{ machineId: 'abc', systemUuid: '4c4c-44' },
      },
      { name: 'w1', controlPlane: false, addresses: [] },
    ])
  })

  it('readClusterNodes reports a Node as away when its status is unknown, but not when it is not ready', async () => {
    const node = (name: string, ready: string): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name },
      status: { conditions: [{ type: 'Ready', status: ready }] },
    })
    const nodes = ['True', 'False', 'Unknown'].map((ready, i) => node(`w${i}`, ready))
    const found = await readClusterNodes(fakeKube({ objects: nodes }))
    expect(found?.map(({ name, away }) => [name, away])).toEqual([
      ['w0', undefined],
      ['w1', undefined],
      ['w2', true],
    ])
  })

  it.each([401, 403])(
    'readClusterNodes returns undefined when kadm is not allowed to list Nodes (%d)',
    async status => {
      expect(await readClusterNodes(fakeKube(refuse(status)))).toBeUndefined()
    },
  )

  it('readClusterNodes throws when the API fails, and does not return an empty list', async () => {
    await expect(readClusterNodes(fakeKube(refuse(500)))).rejects.toMatchObject({ status: 500 })
  })
})
