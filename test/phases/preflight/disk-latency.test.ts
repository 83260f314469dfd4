import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fakeHost } from '../../../src/host/fake.ts'
import type { Host } from '../../../src/host/host.ts'
import { localTransport } from '../../../src/host/local/transport.ts'
import { shellHost } from '../../../src/host/shell-host.ts'
import { nothingEarlier } from '../../../src/observe/left/earlier.ts'
import { etcdDiskLatency, judgeLatency, parseTimings } from '../../../src/phases/preflight/disk-latency.ts'
import { makeCluster, makeNode } from '../../fixtures/cluster.ts'
import { fakeContext } from './fake-machine.ts'

const line = (seconds: string) =>
  `1+0 records in\n1+0 records out\n2300 bytes (2.3 kB, 2.2 KiB) copied, ${seconds} s, 1.9 MB/s\n`

function run(host: Host, dataDir: string) {
  const facts = {} as Parameters<ReturnType<typeof etcdDiskLatency>['run']>[0]['facts']
  const ctx = fakeContext({ cluster: makeCluster(), node: makeNode(), host })
  return etcdDiskLatency(dataDir).run({ ctx, facts, earlier: nothingEarlier })
}

describe('the output of dd', () => {
  it.each([
    ['GNU', line('0.00123'), [1.23]],
    ['GNU with a short time', line('4.7e-05'), [0.047]],
    ['BusyBox', '2300 bytes (2.2KB) copied, 0.001230 seconds, 1.8MB/s\n', [1.23]],
    ['several writes', line('0.001') + line('0.002'), [1, 2]],
    ['another program', 'done\n', []],
  ])('the disk latency is parsed from the output of dd: %s', (_, log, expected) => {
    expect(parseTimings(log).map(ms => Math.round(ms * 1000) / 1000)).toEqual(expected)
  })
})

describe('a disk', () => {
  const times = (slow: number, count: number) => Array.from({ length: 100 }, (_, i) => (i < count ? slow : 1))

  it.each<[string, readonly number[], readonly string[]]>([
    ['that is quick enough', times(10, 100), []],
    ['with one slow write in a hundred', times(500, 1), []],
    [
      'with two slow writes in a hundred',
      times(12.34, 2),
      ['the disk under /d takes 12.3 ms to sync a small write (99th percentile of 100); etcd wants 10 ms or less'],
    ],
    [
      'whose times dd does not report',
      [],
      ['how fast the disk under /d is could not be read: `dd` on this host reports no times'],
    ],
  ])('the disk latency check handles a disk %s', (_, timings, expected) => {
    const found = judgeLatency(timings, '/d')
    expect(found.map(({ message }) => message)).toEqual(expected)
    expect(found.every(({ level }) => level === 'warning')).toBe(true)
  })

  it('the disk latency check writes next to a missing data directory and deletes its file', async () => {
    const calls: string[] = []
    const host = fakeHost({
      files: { '/var/lib/x': '' },
      commands: async call => {
        const base = call.argv.at(-1) ?? ''
        calls.push(base)
        await host.writeFile({ path: base, content: 'x' })
        await host.writeFile({ path: `${base}.log`, content: line('0.5') })
        return 0
      },
    })
    const found = await run(host, '/var/lib/etcd/data')
    expect(found.map(({ message }) => message)).toEqual([
      expect.stringContaining('the disk under /var/lib takes 500.0 ms'),
    ])
    expect(calls).toEqual([expect.stringMatching(/^\/var\/lib\/\.kadm-disk-/)])
    expect(await host.list('/var/lib')).toEqual(['x'])
  })

  it('the disk latency check warns of a read-only disk and leaves no file', async () => {
    const found = await run(
      fakeHost({ commands: () => ({ code: 1, stderr: 'Read-only file system' }) }),
      '/var/lib/etcd',
    )
    expect(found).toMatchObject([{ level: 'warning', message: expect.stringContaining('could not be tried') }])
  })

  it('the disk latency check works with dd of the test host and leaves no file', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'kadm-disk-'))
    try {
      const found = await run(shellHost('here', localTransport()), join(dir, 'etcd'))
      expect(
        found.filter(({ message }) => !message.includes('to sync a small write (99th percentile of 100)')),
      ).toEqual([])
      expect(await readdir(dir)).toEqual([])
    } finally {
      await rm(dir, { recursive: true })
    }
  })
})
