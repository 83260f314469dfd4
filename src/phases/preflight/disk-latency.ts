import { posix } from 'node:path'
import { isAnswer } from '../../errors/kadm-error.ts'
import type { Host } from '../../host/host.ts'
import { type Check, type Finding, warning } from './check.ts'

/** Size of a write as in etcd's log: small entries, each synced before the next. */
const writeBytes = 2300
const writes = 100
/** The limit of etcd's documentation for the 99th percentile. */
const limitMs = 10
/** Seconds after which a slow disk is judged by the writes so far. */
const patienceSeconds = 20

/**
 * Measures how long small synced writes take on the file system of etcd's data. This is the only check that writes:
 * files `.kadm-disk-*` of 230 kB next to the data directory, which it removes.
 */
export function etcdDiskLatency(dataDir: string): Check {
  return {
    name: 'EtcdDiskLatency',
    run: async ({ ctx }) => {
      const dir = await existingDir(ctx.host, dataDir)
      const base = posix.join(dir, `.kadm-disk-${ctx.session.run}`)
      try {
        await ctx.host.exec(['sh', '-c', script, 'sh', base], { timeoutMs: (patienceSeconds + 10) * 1000 })
        const log = await ctx.host.readFile(`${base}.log`)
        return judgeLatency(parseTimings(Buffer.from(log ?? '').toString()), dir)
      } catch (error) {
        if (!isAnswer(error)) throw error
        return [warning(`the disk under ${dir} could not be tried: ${error.message}`, 'check that it is writable')]
      } finally {
        await Promise.all(['', '.log'].map(end => ctx.host.remove(`${base}${end}`)))
      }
    },
  }
}

/** dd prints the duration of its one write without its own start. The dd of busybox has no fdatasync. */
const script = `
f=$1 i=0 end=$(($(date +%s) + ${patienceSeconds})) sync=fdatasync
dd if=/dev/zero of="$f" bs=${writeBytes} count=${writes} conv=$sync 2>/dev/null || {
  sync=fsync
  dd if=/dev/zero of="$f" bs=${writeBytes} count=${writes} conv=$sync || exit
}
while [ $i -lt ${writes} ] && [ "$(date +%s)" -lt $end ]; do
  dd if=/dev/zero of="$f" bs=${writeBytes} count=1 seek=$i conv=notrunc,$sync 2>&1 || exit
  i=$((i + 1))
done >"$f.log"`

/**
 * Returns milliseconds from lines such as `2300 bytes (2.3 kB, 2.2 KiB) copied, 0.00123 s, 1.9 MB/s` and busybox's
 * `0.001230 seconds`.
 */
export function parseTimings(log: string): readonly number[] {
  return [...log.matchAll(/, ([\d.e-]+) s(?:econds)?,/g)].map(match => Number(match[1]) * 1000)
}

export function judgeLatency(timings: readonly number[], dir: string): readonly Finding[] {
  const slowest = percentile(timings, 0.99)
  if (slowest === undefined)
    return [warning(`how fast the disk under ${dir} is could not be read: \`dd\` on this host reports no times`)]
  if (slowest <= limitMs) return []
  return [
    warning(
      `the disk under ${dir} takes ${slowest.toFixed(1)} ms to sync a small write (99th percentile of ${timings.length}); etcd wants ${limitMs} ms or less`,
      'store the etcd data on an SSD that nothing else writes to',
    ),
  ]
}

function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.ceil(sorted.length * share) - 1]
}

/** Returns the directory (or the link to it), or its nearest existing parent. */
async function existingDir(host: Host, path: string): Promise<string> {
  const stat = await host.stat(path)
  return stat?.kind === 'dir' || stat?.kind === 'link' || path === '/' ? path : existingDir(host, posix.dirname(path))
}
