import { describe, expect, it, vi } from 'vitest'
import { type FakeKube, type FakeKubeOptions, fakeKube } from '../../src/clients/kube/fake.ts'
import { journaledKube } from '../../src/clients/kube/journaled.ts'
import type { KubeObject } from '../../src/cluster/kube-object.ts'
import { KadmError } from '../../src/errors/kadm-error.ts'
import { type LeaseSpec, withLease } from '../../src/ops/with-lease.ts'
import { makeUntil } from '../../src/pipeline/until.ts'

const ref = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'kube-system', name: 'turn' }

function lease(holder: string, seconds: number): KubeObject {
  const { apiVersion, kind, namespace, name } = ref
  return {
    apiVersion,
    kind,
    metadata: { namespace, name },
    spec: { holderIdentity: holder, leaseDurationSeconds: seconds },
  }
}

/** Holds the turn as `holder` while `act` runs; returns the reports. */
async function hold<T>(kube: FakeKube, holder: string, act: () => Promise<T>, more: Partial<LeaseSpec> = {}) {
  const reported: string[] = []
  const until = makeUntil(new AbortController().signal)
  const access = {
    kube: async () => kube,
    until: ((what, probe, opts) => until(what, probe, { ...opts, intervalMs: 5 })) as typeof until,
    report: ({ text }: { readonly text: string }) => void reported.push(text),
  }
  const spec = { name: 'turn', holder, durationMs: 3000, timeoutMs: 2000, ...more }
  return { value: await withLease(access, spec, act), reported }
}

async function holderOf(kube: FakeKube): Promise<unknown> {
  const spec = (await kube.get(ref))?.spec as { readonly holderIdentity?: string } | undefined
  return spec?.holderIdentity
}

describe('withLease', () => {
  it('withLease holds the Lease during the action, releases it afterwards and returns the result', async () => {
    const kube = fakeKube()
    const { value } = await hold(kube, 'run1/cp2', () => holderOf(kube))
    expect(value).toBe('run1/cp2')
    expect(await holderOf(kube)).toBeUndefined()
  })

  it('withLease releases the Lease when the action fails', async () => {
    const kube = fakeKube()
    const failing = hold(kube, 'run1/cp2', () => Promise.reject(new Error('no luck')))
    await expect(failing).rejects.toThrow('no luck')
    expect(await holderOf(kube)).toBeUndefined()
  })

  it('withLease reports once why the API server does not grant the Lease', async () => {
    let faults = 3
    const fault = new KadmError('API_REFUSED', 'etcdserver: no leader', { status: 500 })
    const kube = fakeKube({ fail: () => (faults-- > 0 ? fault : undefined) })
    expect((await hold(kube, 'run1/cp2', async () => undefined)).reported).toEqual([
      'waiting for the Lease turn: etcdserver: no leader',
    ])
  })

  it('withLease runs two holders one after the other and reports the holder that it waits for', async () => {
    const kube = fakeKube()
    const order: string[] = []
    const turn = (name: string) => async () => {
      order.push(`${name} begins`)
      await new Promise(resolve => setTimeout(resolve, 30))
      order.push(`${name} ends`)
    }
    const [, second] = await Promise.all([hold(kube, 'r/cp2', turn('cp2')), hold(kube, 'r/cp3', turn('cp3'))])
    expect(order).toEqual(['cp2 begins', 'cp2 ends', 'cp3 begins', 'cp3 ends'])
    expect(second.reported).toEqual(['waiting for cp2'])
  })

  it('withLease takes over the Lease of a holder that does not renew it', async () => {
    const kube = fakeKube({ objects: [lease('dead/cp9', 1)] })
    const started = performance.now()
    await hold(kube, 'run1/cp2', async () => undefined)
    expect(performance.now() - started).toBeGreaterThan(1000)
  })

  it('withLease immediately takes over the Lease of an earlier run on the same node', async () => {
    const kube = fakeKube({ objects: [lease('dead/cp2', 1000)] })
    const { value } = await hold(kube, 'run1/cp2', () => holderOf(kube))
    expect(value).toBe('run1/cp2')
  })

  it('withLease times out when another holder keeps the Lease', async () => {
    const kube = fakeKube({ objects: [lease('other/cp9', 1000)] })
    const waiting = hold(kube, 'run1/cp2', async () => undefined, { timeoutMs: 50 })
    await expect(waiting).rejects.toMatchObject({ code: 'TIMEOUT' })
    expect(await holderOf(kube)).toBe('other/cp9')
  })

  it('withLease renews the Lease while it is held', async () => {
    const kube = fakeKube()
    const version = async () => (await kube.get(ref))?.metadata.resourceVersion
    const renewed = async () => {
      const before = await version()
      await new Promise(resolve => setTimeout(resolve, 150))
      return (await version()) !== before
    }
    expect((await hold(kube, 'run1/cp2', renewed, { durationMs: 150 })).value).toBe(true)
  })

  it('withLease reports that the Lease expired because the API server did not answer', async () => {
    let down = false
    const kube = fakeKube({ fail: () => (down ? new KadmError('API_UNREACHABLE', 'gone') : undefined) })
    const until = makeUntil(new AbortController().signal)
    const spec = { name: 'turn', holder: 'r/cp2', durationMs: 90, timeoutMs: 1000 }
    const losing = withLease({ kube: async () => kube, until, report: () => undefined }, spec, async stillHeld => {
      stillHeld()
      down = true
      await new Promise(resolve => setTimeout(resolve, 150))
      stillHeld()
    })
    await expect(losing).rejects.toMatchObject({ code: 'API_CONFLICT', message: expect.stringMatching(/ran out/) })
  })

  it('withLease loses the Lease at once when another process holds it', async () => {
    const kube = fakeKube()
    const until = makeUntil(new AbortController().signal)
    const spec = { name: 'turn', holder: 'r/cp2', durationMs: 300, timeoutMs: 1000 }
    let asked = 0
    const losing = withLease({ kube: async () => kube, until, report: () => undefined }, spec, async stillHeld => {
      await kube.update(lease('other/cp9', 1000))
      await new Promise(resolve => setTimeout(resolve, 180))
      const probe = async () => {
        asked += 1
        stillHeld()
      }
      await until('it', probe, { timeoutMs: 2000, intervalMs: 1, assume: undefined })
    })
    await expect(losing).rejects.toMatchObject({ code: 'API_CONFLICT', message: expect.stringMatching(/by cp9/) })
    expect(asked).toBe(1)
    expect(await holderOf(kube)).toBe('other/cp9')
  })

  it('withLease retries soon after a renewal that failed', async () => {
    let failed = false
    const fail: FakeKubeOptions['fail'] = ({ verb }) => {
      if (failed || verb !== 'update') return undefined
      failed = true
      return new KadmError('API_REFUSED', 'busy')
    }
    const kube = fakeKube({ fail })
    const version = async () => (await kube.get(ref))?.metadata.resourceVersion
    const renewed = async () => {
      const before = await version()
      await vi.waitFor(async () => expect(await version()).not.toBe(before))
      return failed
    }
    expect((await hold(kube, 'run1/cp2', renewed, { durationMs: 300 })).value).toBe(true)
  })

  it('the duration of a Lease starts before the write, not at a late answer', async () => {
    const kube = fakeKube()
    const create: typeof kube.create = async object => {
      const made = await kube.create(object)
      await new Promise(resolve => setTimeout(resolve, 120))
      return made
    }
    const until = makeUntil(new AbortController().signal)
    const spec = { name: 'turn', holder: 'r/cp2', durationMs: 100, timeoutMs: 1000 }
    const late = withLease(
      { kube: async () => ({ ...kube, create }), until, report: () => undefined },
      spec,
      async held => held(),
    )
    await expect(late).rejects.toMatchObject({ code: 'API_CONFLICT' })
  })

  it('a Lease is not recorded as a change in the journal', async () => {
    const changes: unknown[] = []
    const kube = fakeKube()
    const until = makeUntil(new AbortController().signal)
    const journaled = journaledKube(kube, change => changes.push(change))
    const spec = { name: 'turn', holder: 'r/cp2', durationMs: 1000, timeoutMs: 1000 }
    await withLease({ kube: async () => journaled, until, report: () => undefined }, spec, async () => undefined)
    expect(changes).toEqual([])
  })
})
