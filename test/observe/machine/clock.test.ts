import { describe, expect, it } from 'vitest'
import { fakeHost } from '../../../src/host/fake.ts'
import { parseClock, readClock } from '../../../src/observe/machine/clock.ts'

describe('readClock', () => {
  it.each([
    ['that agrees', '1700000000.050000000', { aheadMs: 0, accuracyMs: 50 }],
    ['that is ahead', '1700000042.050000000', { aheadMs: 42_000, accuracyMs: 50 }],
    ['that is behind', '1699999958.000000000', { aheadMs: -42_050, accuracyMs: 50 }],
    ['that has whole seconds, as in busybox', '1700000001', { aheadMs: 1450, accuracyMs: 550 }],
    ['whose `date` does not support %N', '1700000001.%N', { aheadMs: 1450, accuracyMs: 550 }],
  ])('a clock %s is compared with the middle of the round trip', (_, text, expected) => {
    expect(parseClock(`${text}\n`, 1_700_000_000_000, 1_700_000_000_100)).toEqual(expected)
  })

  it('parseClock returns undefined when the output is empty', () => {
    expect(parseClock('', 0, 1)).toBeUndefined()
  })

  it('readClock runs one query and changes nothing on the host', async () => {
    const times = [1_700_000_000_000, 1_700_000_000_020]
    const host = fakeHost({ commands: { 'date +%s.%N': { stdout: '1700000003.010000000\n' } } })
    expect(await readClock(host, () => times.shift() ?? 0)).toEqual({ aheadMs: 3000, accuracyMs: 10 })
    expect(host.calls.map(call => call.verb)).toEqual(['query'])
  })
})
