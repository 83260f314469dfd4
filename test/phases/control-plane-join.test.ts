import { describe, expect, it } from 'vitest'
import { fakeKube } from '../../src/clients/kube/fake.ts'
import type { KubeObject } from '../../src/cluster/kube-object.ts'
import { joinMarkControlPlane } from '../../src/phases/control-plane-join/index.ts'
import type { ApiAt } from '../../src/phases/phase.ts'
import { makeNode, makeRequest } from '../fixtures/cluster.ts'
import { quickCluster, runPhase } from './run-phase.ts'

const label = 'node-role.kubernetes.io/control-plane'
const cluster = quickCluster({ nodes: [makeNode({ name: 'cp2' })] })
const registered: KubeObject = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'cp2', labels: { 'kubernetes.io/hostname': 'cp2' } },
  spec: {},
}

describe('control-plane-join/mark-control-plane', () => {
  it('the mark-control-plane phase of join labels and taints the Node once', async () => {
    const kube = fakeKube({ objects: [registered] })
    const { changes } = await runPhase(joinMarkControlPlane, { cluster, kube })
    expect(changes).toEqual(['object Node cp2'])
    expect(await kube.get({ apiVersion: 'v1', kind: 'Node', name: 'cp2' })).toMatchObject({
      metadata: { labels: { [label]: '' } },
      spec: { taints: [{ key: label, effect: 'NoSchedule' }] },
    })
    expect((await runPhase(joinMarkControlPlane, { cluster, kube })).changes).toEqual([])
  })

  it('the mark-control-plane phase of join sets the taints of the node registration, or none if the list is empty', async () => {
    const kube = fakeKube({ objects: [registered] })
    const untainted = quickCluster({ nodes: [makeNode({ name: 'cp2', taints: [] })] })
    await runPhase(joinMarkControlPlane, { cluster: untainted, kube })
    const node = await kube.get({ apiVersion: 'v1', kind: 'Node', name: 'cp2' })
    expect(node).toMatchObject({ metadata: { labels: { [label]: '' } } })
    expect(JSON.stringify(node)).not.toContain('NoSchedule')
  })

  it('the mark-control-plane phase of join uses any API server of the cluster, since its own is still starting', async () => {
    const kube = fakeKube({ objects: [registered] })
    const asked: (ApiAt | undefined)[] = []
    const observed = {
      ...joinMarkControlPlane,
      run: (ctx: Parameters<typeof joinMarkControlPlane.run>[0]) =>
        joinMarkControlPlane.run({
          ...ctx,
          kube: (as, at) => {
            asked.push(at)
            return ctx.kube(as, at)
          },
        }),
    }
    await runPhase(observed, { cluster, kube })
    expect(new Set(asked)).toEqual(new Set(['cluster']))
  })

  it('the mark-control-plane phase of join times out when the kubelet does not register the Node', async () => {
    const request = { timeouts: { ...makeRequest().timeouts, kubernetesAPICall: 20 } }
    await expect(runPhase(joinMarkControlPlane, { cluster, request, kube: fakeKube() })).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining('Node cp2'),
    })
  })
})
