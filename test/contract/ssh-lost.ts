import { createHash, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ConnectedHost } from '../../src/host/host.ts'
import { rejection } from './hosts.ts'
import type { SshLab } from './ssh-lab.ts'

const mebibyte = 1024 * 1024
const size = 100 * mebibyte

/** Lost hosts and large contents. */
export function sshLostSuite(at: SshLab): void {
  describe('a lost host', () => {
    afterEach(async () => {
      await at.node.connect()
      // The host has detected the lost connection in the meantime.
      await vi.waitUntil(
        () =>
          at
            .connect(at.node.ssh())
            .then(() => true)
            .catch(() => false),
        { timeout: 20_000 },
      )
    })
    const lose = async (host: ConnectedHost) => {
      const running = rejection(host.exec(['sleep', '300']))
      const writing = rejection(host.writeFile({ path: '/root/lost', content: Buffer.alloc(20 * mebibyte) }))
      await at.node.run('until pgrep -x sleep; do sleep 0.05; done')
      await at.node.disconnect()
      const started = performance.now()
      const errors = await Promise.all([running, writing])
      return { errors, seconds: (performance.now() - started) / 1000 }
    }

    it('a lost host is detected within 30 seconds, and the error names the host and the command', async () => {
      const { errors, seconds } = await lose(await at.connect(at.node.ssh()))
      expect(seconds).toBeLessThan(30)
      for (const [index, what] of ['sleep 300', 'write /root/lost'].entries()) {
        expect(errors[index]?.code).toBe('HOST_UNREACHABLE')
        expect(errors[index]?.message).toMatch(
          new RegExp(`^lost the connection to ${at.node.address} during ${what}: no answer for \\d+s$`),
        )
      }
    })

    it('a lost host is detected after ServerAliveInterval and ServerAliveCountMax', async () => {
      await at.config('ServerAliveInterval 1\nServerAliveCountMax 1\n')
      const host = await at.connect(at.node.ssh())
      await at.config('')
      expect((await lose(host)).seconds).toBeLessThan(6)
      expect((await rejection(host.query(['true']))).code).toBe('HOST_UNREACHABLE')
    })

    it('a lost jump host ends the connections to the hosts behind it', async () => {
      await at.sshd(2351, 'ListenAddress 127.0.0.1')
      const file = join(at.home, 'known-lost')
      await writeFile(file, ['127.0.0.1', at.node.address].map(name => `${name} ${at.node.hostPublicKey}\n`).join(''))
      await at.config(`ServerAliveInterval 1\nServerAliveCountMax 2\nHost 127.0.0.1\n ProxyJump ${at.node.ssh()}\n`)
      const host = await at.connect('root@127.0.0.1:2351', { knownHostsFiles: [file] })
      await at.config('')
      const { errors, seconds } = await lose(host)
      expect(seconds).toBeLessThan(8)
      expect(errors[0]?.message).toContain('lost the connection to 127.0.0.1 during sleep 300: ')
    })

    it('a host with a silent command or much input is not reported as lost', async () => {
      await at.config('ServerAliveInterval 1\nServerAliveCountMax 1\n')
      const host = await at.connect(at.node.ssh())
      await at.config('')
      const silent = host.query(['sleep', '6'])
      const busy = host.query(['sh', '-c', 'sleep 6; wc -c'], { stdin: Readable.from(zeros(20 * mebibyte)) })
      expect([(await silent).code, (await busy).stdout]).toEqual([0, `${20 * mebibyte}\n`])
    })
  })

  describe('a command that times out', () => {
    it('a command times out even when a child survives and holds its output', async () => {
      const host = await at.connect(at.node.ssh())
      const started = performance.now()
      const script = 'env -i sleep 60 & wait'
      const error = await rejection(host.query(['sh', '-c', script], { timeoutMs: 500 }))
      await at.node.run('pkill -x sleep || true')
      expect(error.code).toBe('COMMAND_TIMEOUT')
      expect(performance.now() - started).toBeLessThan(20_000)
      expect((await host.query(['true'])).code).toBe(0)
    })
  })

  describe('large transfers', () => {
    const content = randomBytes(mebibyte)
    const whole = Buffer.concat(Array.from({ length: 100 }, () => content))
    const digest = createHash('sha256').update(whole).digest('hex')
    const sum = async (host: ConnectedHost, file: string) =>
      (await host.query(['sha256sum', file])).stdout.split(' ')[0]

    it('a file of 100 MB is written in bounded memory', async () => {
      const host = await at.connect(at.node.ssh())
      const grown = await growth(() => host.writeFile({ path: '/root/large', content: whole }))
      expect(await sum(host, '/root/large')).toBe(digest)
      expect(grown).toBeLessThan(64 * mebibyte)
    })

    it('100 MB are streamed to a command in bounded memory, no faster than it reads', async () => {
      const host = await at.connect(at.node.ssh())
      let given = 0
      const source = function* () {
        for (; given < 100; given++) yield content
      }
      const script = 'touch /root/reads; until [ -e /root/go ]; do sleep 0.1; done; cat > /root/streamed'
      const running = growth(() =>
        host.exec(['sh', '-c', script], { stdin: Readable.from(source(), { objectMode: false }) }),
      )
      await at.node.run('until [ -e /root/reads ]; do sleep 0.05; done; sleep 1')
      expect(given).toBeLessThan(16)
      await at.node.run('touch /root/go')
      expect(await running).toBeLessThan(64 * mebibyte)
      expect(await sum(host, '/root/streamed')).toBe(digest)
    })

    it('a file of 100 MB is read with little more memory than its size', async () => {
      const host = await at.connect(at.node.ssh())
      await host.exec(['sh', '-c', 'cp /root/large /root/read'])
      let read: Uint8Array | undefined
      const grown = await growth(async () => {
        read = await host.readFile('/root/read')
      })
      expect(
        createHash('sha256')
          .update(read ?? '')
          .digest('hex'),
      ).toBe(digest)
      expect(grown).toBeLessThan(size + 96 * mebibyte)
    })
  })
}

function* zeros(bytes: number) {
  for (let left = bytes; left > 0; left -= 65_536) yield Buffer.alloc(Math.min(left, 65_536))
}

/** Returns the maximum growth of the process in bytes while a task runs. */
async function growth(task: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage.rss()
  let peak = before
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss())
  }, 5)
  await task().finally(() => clearInterval(timer))
  return peak - before
}
