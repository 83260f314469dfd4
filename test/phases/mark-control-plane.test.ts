import { describe, expect, it } from 'vitest'
import { fakeKube } from '../../src/clients/kube/fake.ts'
import type { KubeObject } from '../../src/cluster/kube-object.ts'
import { markControlPlane } from '../../src/phases/mark-control-plane/index.ts'
import { makeRequest } from '../fixtures/cluster.ts'
import { runPhase } from './run-phase.ts'

describe('mark-control-plane', () => {
  const label = 'node-role.kubernetes.io/control-plane'
  const node = (labels: Record<string, string>, taints: KubeObject['taints'] = []): KubeObject =>
    ({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'cp1', labels }, spec: { taints } }) as KubeObject
  const ref = { apiVersion: 'v1', kind: 'Node', name: 'cp1' }

  it('mark-control-plane labels and taints a Node once and keeps other taints', async () => {
    const theirs = { key: 'theirs', effect: 'NoExecute' }
    const kube = fakeKube({ objects: [node({ 'kubernetes.io/hostname': 'cp1' }, [theirs])] })
    await runPhase(markControlPlane, { kube })
    const taints = [{ key: label, effect: 'NoSchedule' }, theirs]
    expect(await kube.get(ref)).toMatchObject({ metadata: { labels: { [label]: '' } }, spec: { taints } })
    expect((await runPhase(markControlPlane, { kube })).changes).toEqual([])
  })

  it.each([
    ['is absent', []],
    ['is not yet registered by its kubelet', [node({})]],
  ])('mark-control-plane reports that the kubelet did not register when the Node %s', async (_, objects) => {
    const request = { timeouts: { ...makeRequest().timeouts, kubernetesAPICall: 20 } }
    await expect(runPhase(markControlPlane, { request, kube: fakeKube({ objects }) })).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining('waiting for registration of the Node cp1 by its kubelet'),
    })
  })
})
