import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fakeCri } from '../../../src/clients/cri/fake.ts'
import { KadmError } from '../../../src/errors/kadm-error.ts'
import type { HostReader } from '../../../src/host/host.ts'
import { watched } from '../../../src/observe/start/watch-start.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

/**
 * The second in which a wait ends with a cause while the runtime does not answer; undefined if it continues for a
 * minute.
 */
async function endOf(away: (second: number) => boolean, failedRuntimes = ''): Promise<number | undefined> {
  let second = 0
  const unit = 'LoadState=loaded\nActiveState=active\nSubState=running'
  const stdout = `\u001enow\n1\n\u001eunit\n${unit}\n\u001efailedRuntimes\n${failedRuntimes}\n`
  const host = { query: async () => ({ code: 0, stdout, stderr: '' }) } as unknown as HostReader
  const gone = new KadmError('CRI_FAILED', 'the container runtime does not answer')
  const cri = async () => fakeCri(away(second) ? { error: gone } : {})
  const watch = { host, cri, nodeName: 'cp1', components: ['etcd'], since: new Date() }
  const probe = watched(watch, async () => undefined)
  for (; second <= 60; second++) {
    const found = await probe().catch((error: unknown) => error)
    if (found !== undefined) {
      expect(found).toMatchObject({ code: 'COMPONENT_FAILED', message: expect.stringContaining(gone.message) })
      return second
    }
    vi.advanceTimersByTime(1000)
  }
  return undefined
}

describe('a container runtime that does not answer', () => {
  it.each<[string, (second: number) => boolean]>([
    ['in two checks', second => second >= 10 && second < 14],
    ['for nine seconds', second => second >= 10 && second < 19],
    ['several times, with answers in between', second => second % 10 !== 0],
  ])('a wait continues when the container runtime does not answer %s', async (_, away) => {
    expect(await endOf(away)).toBeUndefined()
  })

  it('a wait ends after ten seconds without an answer of the container runtime', async () => {
    expect(await endOf(second => second >= 10)).toBe(20)
  })

  it.each([
    ['ends at once when the unit of the runtime has failed', 'containerd', 10],
    ['continues when the unit of another runtime has failed', 'crio', 20],
  ])('a wait without an answer of the container runtime %s', async (_, failed, second) => {
    expect(await endOf(now => now >= 10, failed)).toBe(second)
  })
})

it.each([
  ['two seconds', 'takes 100 ms', 100, 29],
  ['30 seconds', 'takes 6 seconds', 6000, 2],
])('a wait of a minute examines a host every %s when an examination %s', async (_, __, ms, expected) => {
  let looks = 0
  const host = {
    query: async () => {
      looks++
      vi.advanceTimersByTime(ms)
      return { code: 0, stdout: '', stderr: '' }
    },
  } as unknown as HostReader
  const watch = { host, cri: async () => fakeCri({}), nodeName: 'cp1', components: ['etcd'], since: new Date() }
  const probe = watched(watch, async () => undefined)
  const end = performance.now() + 62_000
  while (performance.now() < end) {
    await probe()
    vi.advanceTimersByTime(500)
  }
  expect(looks).toBe(expected)
})
