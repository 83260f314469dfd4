import { expect, it } from 'vitest'
import { unfinishedRunWarnings } from '../../../src/cli/run/unfinished-runs.ts'
import type { UnfinishedRun } from '../../../src/cluster/state.ts'

const now = new Date('2026-03-04T12:00:00Z')
const before = (ms: number) => new Date(now.getTime() - ms)
const steps = [{ stage: 'init', phase: 'certs/ca' }]
const run: UnfinishedRun = { host: 'cp1', run: '20260304T1148', command: 'kadm init', steps }
const minute = 60_000

it.each([
  [0, '0 seconds ago'],
  [-5000, '0 seconds ago'],
  [90_000, '90 seconds ago'],
  [12 * minute, '12 minutes ago'],
  [100 * minute, '100 minutes ago'],
  [47 * 60 * minute, '47 hours ago'],
  [72 * 60 * minute, '3 days ago'],
])('the warning about an unfinished run says when it stopped: %d ms', (ms, ago) => {
  expect(unfinishedRunWarnings([{ ...run, stoppedAt: before(ms) }], now)).toEqual([
    `cp1: \`kadm init\` (run 20260304T1148) stopped in certs/ca ${ago} and did not finish; running it again continues it`,
  ])
})

it.each<[string, Partial<UnfinishedRun>, string]>([
  ['two parallel steps', { steps: [...steps, { stage: 'init', phase: 'etcd/local' }] }, 'in certs/ca, etcd/local and'],
  ['a run that was killed between two steps', { steps: [] }, 'stopped between two steps and did not finish'],
])('the warning about an unfinished run says where it stopped: %s', (_, more, says) => {
  expect(unfinishedRunWarnings([{ ...run, ...more }], now)).toEqual([expect.stringContaining(says)])
})

it('the warning about an unfinished run whose log has no command names the run', () => {
  const { command: _, ...bare } = run
  expect(unfinishedRunWarnings([bare], now)[0]).toMatch(/^cp1: the run 20260304T1148 stopped in certs\/ca and/)
})
