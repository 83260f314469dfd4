import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runKadm } from '../run-kadm.ts'

/** Sends a signal only to the command that runs in this process. */
async function interrupt(before: readonly unknown[]): Promise<void> {
  const own = () => process.listeners('SIGTERM').filter(one => !before.includes(one))
  while (own().length === 0) await new Promise(resolve => setTimeout(resolve, 5))
  for (const listener of own()) listener('SIGTERM')
}

/** The first command of a process imports its code, which takes some seconds on a busy host. */
describe('an interrupt during connecting', { timeout: 60_000 }, () => {
  /** Accepts connections and sends nothing. */
  let silent: Server
  let host: readonly [string, string]
  beforeEach(async () => {
    silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    host = ['--host', `root@127.0.0.1:${(silent.address() as AddressInfo).port}`]
  })
  afterEach(() => void silent.close())

  it.each<readonly string[]>([
    ['init'],
    ['init', '--dry-run'],
    ['join', '--from', 'root@127.0.0.1:1'],
    ['reset', '--force'],
    ['preflight'],
    ['node', 'remove', 'n1'],
    ['config', 'images', 'pull'],
  ])('a command stops at once and reports an interrupt while it connects: %s %s', async (...argv) => {
    const before = process.listeners('SIGTERM')
    const reached = once(silent, 'connection')
    const running = runKadm([...argv, ...host])
    await reached
    const started = performance.now()
    await interrupt(before)
    const { code, stderr } = await running
    expect(performance.now() - started).toBeLessThan(4000)
    expect(code).toBe(130)
    expect(stderr).toContain('INTERRUPTED')
    expect(stderr).toContain(`interrupted while connecting to ${host[1]}`)
    expect(process.listeners('SIGTERM')).toEqual(before)
  })
})
