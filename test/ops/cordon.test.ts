import { describe, expect, it } from 'vitest'
import { fakeKube } from '../../src/clients/kube/fake.ts'
import type { KubeObject } from '../../src/cluster/kube-object.ts'
import { cordon, uncordon } from '../../src/ops/cordon.ts'
import { waitForReady } from '../../src/ops/node-ready.ts'
import { makeUntil } from '../../src/pipeline/until.ts'
import { rejection } from '../contract/hosts.ts'

const node = (spec: { unschedulable?: boolean }, ready?: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'w1' },
  spec,
  ...(ready === undefined ? {} : { status: { conditions: [{ type: 'Ready', status: ready }] } }),
})

function contextOf(...objects: readonly KubeObject[]) {
  const kube = fakeKube({ objects })
  const until = makeUntil(new AbortController().signal)
  return { kube, ctx: { kube: async () => kube, until, request: { timeouts: { kubernetesAPICall: 1000 } } } }
}

describe('cordon', () => {
  it.each([
    { verb: 'cordoned', act: cordon, from: {}, spec: { unschedulable: true } },
    { verb: 'uncordoned', act: uncordon, from: { unschedulable: true }, spec: { unschedulable: false } },
  ])('a Node is $verb once', async ({ act, from, spec }) => {
    const { kube, ctx } = contextOf(node(from))
    const [found] = kube.objects()
    await act(ctx, found ?? node({}))
    const [after] = kube.objects()
    expect(after?.spec).toEqual(spec)
    await act(ctx, after ?? node({}))
    expect(kube.calls.map(({ verb, what }) => `${verb} ${what}`)).toEqual(['patch Node w1'])
  })
})

describe('waitForReady', () => {
  it('waitForReady returns the Node once its kubelet reports that it is ready', async () => {
    const { kube, ctx } = contextOf(node({}, 'False'))
    const waiting = waitForReady(ctx, 'w1', { timeoutMs: 10_000 })
    await expect.poll(() => kube.calls.length).toBe(1)
    await kube.update(node({}, 'True'))
    expect(await waiting).toMatchObject({ metadata: { name: 'w1' }, status: { conditions: [{ status: 'True' }] } })
  })

  it.each([
    { objects: [], state: 'the cluster has no Node w1' },
    { objects: [node({})], state: 'the kubelet of w1 has not reported yet' },
    { objects: [node({}, 'False')], state: 'the Node w1 is not ready' },
    { objects: [node({}, 'Unknown')], state: 'the kubelet of w1 does not answer the cluster' },
  ])('waitForReady reports the last state when it times out: $state', async ({ objects, state }) => {
    const watch = { over: <T>(probe: () => Promise<T | undefined>) => probe, states: async () => ['the kubelet runs'] }
    const error = await rejection(waitForReady(contextOf(...objects).ctx, 'w1', { timeoutMs: 0, watch }))
    expect(error).toMatchObject({ code: 'TIMEOUT', problems: [{ message: state }, { message: 'the kubelet runs' }] })
  })
})
