import dns from 'node:dns'
import { writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { sshConnector } from '../../src/host/connect-host.ts'
import { rejection } from './hosts.ts'
import type { SshLab } from './ssh-lab.ts'

/** Connections to a host: through others, through a command, by one of several addresses, or failed. */
export function sshWaySuite(at: SshLab): void {
  /** An address that only the node's own loopback answers. */
  const inside = '127.0.0.1'
  const withConfig = async <T>(text: string, task: () => Promise<T>): Promise<T> => {
    await at.config(text)
    return task().finally(() => at.config(''))
  }
  const knownInside = async (...ports: readonly number[]) => {
    const file = join(at.home, `known-way-${ports.join('-')}`)
    const names = [at.node.address, ...ports.map(port => `[${inside}]:${port}`)]
    await writeFile(file, names.map(name => `${name} ${at.node.hostPublicKey}\n`).join(''))
    return [file]
  }
  const user = async (spec: string, more: Parameters<SshLab['connect']>[1]) => {
    const host = await at.connect(spec, more)
    return (await host.query(['sh', '-c', 'id -un; printf %s "$SSH_CONNECTION$SUDO_USER"'])).stdout
  }

  describe('a host that prints text before each command', () => {
    it('an SSH host works when it prints text before each command', async () => {
      await at.sshd(2346, 'ForceCommand echo welcome; eval "$SSH_ORIGINAL_COMMAND"')
      const file = join(at.home, 'known-loud')
      await writeFile(file, `[${at.node.address}]:2346 ${at.node.hostPublicKey}\n`)
      for (const login of ['root', 'ops'] as const) {
        const host = await at.connect(`${at.node.ssh(login)}:2346`, { knownHostsFiles: [file] })
        await host.writeFile({ path: '/root/loud/a', content: 'of a' })
        await host.writeFile({ path: '/root/loud/b', content: 'of b' })
        const read = ['a', 'gone', 'b'].map(name => host.readFile(`/root/loud/${name}`))
        const texts = (await Promise.all(read)).map(bytes => bytes && Buffer.from(bytes).toString())
        expect([texts, await host.list('/root/loud')]).toEqual([
          ['of a', undefined, 'of b'],
          ['a', 'b'],
        ])
        expect((await host.query(['id', '-un'])).stdout).toBe('root\n')
        await host.remove('/root/loud')
        await host.close()
      }
    })
  })

  describe('a host with few sessions', () => {
    it('an SSH host with few sessions (MaxSessions) runs more commands as others end', async () => {
      await at.sshd(2347, 'MaxSessions 2')
      const file = join(at.home, 'known-narrow')
      await writeFile(file, `[${at.node.address}]:2347 ${at.node.hostPublicKey}\n`)
      const host = await at.connect(`${at.node.ssh()}:2347`, { knownHostsFiles: [file] })
      const all = await Promise.all(Array.from({ length: 4 }, () => host.query(['sleep', '2.5'])))
      expect(all.map(({ code }) => code)).toEqual([0, 0, 0, 0])
    })
  })

  describe('a jump host', () => {
    beforeAll(async () => {
      await at.sshd(2341, `ListenAddress ${inside}`)
      await at.sshd(2342, `ListenAddress ${inside}`)
      await at.sshd(2343, 'AllowTcpForwarding no')
    })

    it('a jump host connects to a host that only it can reach', async () => {
      const more = { knownHostsFiles: await knownInside(2341) }
      expect((await rejection(at.connect(`root@${inside}:2341`, more))).code).toBe('HOST_UNREACHABLE')
      const seen = await withConfig(`Host ${inside}\n ProxyJump ops@${at.node.address}\n`, () =>
        user(`root@${inside}:2341`, more),
      )
      expect(seen).toMatch(/^root\n127\.0\.0\.1 \d+ 127\.0\.0\.1 2341/)
    })

    it('a jump host has its own settings and can be behind another jump host', async () => {
      const text = `Host ${inside}
 ProxyJump first,last
Host first
 HostName ${at.node.address}
 User ops
Host last
 HostName ${inside}
 HostKeyAlias ${at.node.address}
 Port 2342
 User root
 ProxyJump none
`
      const more = { knownHostsFiles: await knownInside(2341) }
      expect(await withConfig(text, () => user(`root@${inside}:2341`, more))).toContain('root\n127.0.0.1 ')
    })

    it('a jump host uses the jump host of its own configuration', async () => {
      const text = `Host ${inside}\n ProxyJump root@near:2342\nHost near\n HostName ${inside}\n ProxyJump ${at.node.ssh()}\n`
      const more = { knownHostsFiles: await knownInside(2341, 2342) }
      expect(await withConfig(text, () => user(`root@${inside}:2341`, more))).toContain('root\n127.0.0.1 ')
    })

    it('a jump host has one connection for all hosts behind it, which ends with the last of them', async () => {
      const more = at.options({ knownHostsFiles: await knownInside(2341, 2342) })
      const count = async () => Number((await at.node.run('pgrep -fc "^sshd: guest" || true')).stdout)
      await withConfig(`Host ${inside}\n ProxyJump guest@${at.node.address}\n`, async () => {
        const { connect } = sshConnector(more)
        const hosts = await Promise.all([2341, 2342, 2341].map(port => connect(`root@${inside}:${port}`)))
        // One privileged process and one of the user per connection.
        expect(await count()).toBe(2)
        await hosts[0]?.close()
        expect((await hosts[1]?.query(['true']))?.code).toBe(0)
        await Promise.all(hosts.slice(1).map(host => host.close()))
      })
      await vi.waitUntil(async () => (await count()) === 0, { timeout: 10_000 })
    })

    it.each([
      ['the jump host', 'connecting to 127.0.0.1: the host key of'],
      ['the host behind it', 'the host key of 127.0.0.1 is not known'],
    ])('a connection through a jump host needs the known host key of %s', async (which, words) => {
      const file = join(at.home, `known-${which.length}`)
      const name = which === 'the jump host' ? `[${inside}]:2341` : at.node.address
      await writeFile(file, `${name} ${at.node.hostPublicKey}\n`)
      const error = await withConfig(`Host ${inside}\n ProxyJump ${at.node.ssh()}\n`, () =>
        rejection(at.connect(`root@${inside}:2341`, { knownHostsFiles: [file] })),
      )
      expect([error.code, error.message]).toEqual(['HOST_KEY_UNKNOWN', expect.stringContaining(words)])
    })

    it.each([
      ['without a listening SSH server', 22, 1, 'Connection refused'],
      ['that it is not allowed to reach', 2343, 2341, 'AllowTcpForwarding'],
    ])('an error names a host behind a jump host %s', async (_, jumpPort, port, words) => {
      const more = { knownHostsFiles: await knownInside(2341) }
      const error = await withConfig(`Host ${inside}\n ProxyJump ${at.node.ssh()}:${jumpPort}\n`, () =>
        rejection(at.connect(`root@${inside}:${port}`, more)),
      )
      expect(error.code).toBe('HOST_UNREACHABLE')
      expect(error.message).toContain(
        `cannot reach root@${inside}:${port}: cannot connect to ${inside}:${port} on ${at.node.address}`,
      )
      expect(`${error.message} ${error.hint}`).toContain(words)
    })

    it.each([
      ['', 'root@127.0.0.1:2344'],
      ['of which a certificate is wanted', 'root@127.0.0.1:2344'],
    ])('a host behind a jump host times out after ConnectTimeout: one %s', async (certified, spec) => {
      const drop = '-p tcp --dport 2344 -j DROP'
      const [file = ''] = await knownInside(2344)
      if (certified !== '') await writeFile(file, `@cert-authority * ${at.node.hostPublicKey}\n`, { flag: 'a' })
      await at.node.run(`iptables -A INPUT ${drop}`)
      try {
        const started = performance.now()
        const error = await withConfig(`Host ${inside}\n ConnectTimeout 2\n ProxyJump ${at.node.ssh()}\n`, () =>
          rejection(at.connect(spec, { knownHostsFiles: [file] })),
        )
        expect(error.code).toBe('HOST_UNREACHABLE')
        expect(error.message).toContain('no answer within 2s')
        expect(performance.now() - started).toBeLessThan(6000)
      } finally {
        await at.node.run(`iptables -D INPUT ${drop}`)
      }
    })

    it('a jump host that uses itself is refused', async () => {
      const error = await withConfig(`ProxyJump ${at.node.ssh()}\n`, () => rejection(at.connect(at.node.ssh())))
      expect(error.code).toBe('USAGE')
      const place = `${at.node.ssh()}:22`
      expect(error.message).toBe(`ProxyJump forms a loop: ${place} through ${place}`)
      expect(error.hint).toContain('ProxyJump none')
    })
  })

  describe('ProxyCommand', () => {
    it('ProxyCommand provides the connection', async () => {
      const ssh = `ssh ${at.node.sshArgs.join(' ')} -W %h:%p ${at.node.ssh()}`
      const more = { knownHostsFiles: await knownInside(2341) }
      expect(
        await withConfig(`Host ${inside}\n ProxyCommand ${ssh}\n`, () => user(`root@${inside}:2341`, more)),
      ).toContain('root\n127.0.0.1 ')
    })

    it('an error contains the output of a ProxyCommand that fails', async () => {
      const error = await withConfig('ProxyCommand sh -c "echo no way to %h >&2; exit 3"\n', () =>
        rejection(at.connect(at.node.ssh())),
      )
      expect(error.code).toBe('HOST_UNREACHABLE')
      expect(error.message).toContain(`exited 3: no way to ${at.node.address}`)
    })
  })

  describe('a host name with several addresses', () => {
    it('a host name with several addresses uses the next address when one refuses', async () => {
      const addresses = [inside, '127.0.0.2', at.node.address].map(address => ({ address, family: 4 }))
      const lookup = vi
        .spyOn(dns, 'lookup')
        .mockImplementation(((_name: string, _options: object, done: (...args: unknown[]) => void) =>
          done(null, addresses)) as typeof dns.lookup)
      try {
        await withConfig(`HostKeyAlias ${at.node.address}\n`, () => at.connect('root@many'))
        expect(lookup).toHaveBeenCalledWith('many', expect.anything(), expect.anything())
      } finally {
        lookup.mockRestore()
      }
    })
  })

  describe('a host that refuses the connection', () => {
    const listen = async (server: Server) => {
      await new Promise<void>(resolve => server.listen(0, inside, resolve))
      return (server.address() as { port: number }).port
    }

    it.each([
      ['does not answer', undefined, 'timed out during the key exchange'],
      ['uses another protocol', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'Connection lost before handshake'],
    ])('a login times out or fails when the server %s', async (_, words, expected) => {
      const server = createServer(socket => void (words === undefined ? undefined : socket.end(words)))
      const port = await listen(server)
      const started = performance.now()
      const error = await withConfig('ConnectTimeout 2\n', () => rejection(at.connect(`root@${inside}:${port}`)))
      expect(performance.now() - started).toBeLessThan(6000)
      expect([error.code, error.message]).toEqual(['HOST_UNREACHABLE', expect.stringContaining(expected)])
      server.close()
    })

    it('a connection is tried as often as ConnectionAttempts sets', async () => {
      const server = createServer()
      const port = await listen(server)
      await new Promise(resolve => server.close(resolve))
      const started = performance.now()
      const error = await withConfig('ConnectionAttempts 3\n', () => rejection(at.connect(`root@${inside}:${port}`)))
      expect(error.message).toContain('ECONNREFUSED')
      expect(performance.now() - started).toBeGreaterThan(1900)
    })

    it('a connection attempt ends at once when the run is stopped', async () => {
      const server = createServer()
      const port = await listen(server)
      const stop = new AbortController()
      const connecting = sshConnector(at.options()).connect(`root@${inside}:${port}`, { signal: stop.signal })
      setTimeout(() => stop.abort(new Error('enough')), 200)
      await expect(connecting).rejects.toThrow('enough')
      server.close()
    })
  })
}
