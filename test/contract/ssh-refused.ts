import { readFile, writeFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { secret } from '../../src/cluster/secret.ts'
import { rejection } from './hosts.ts'
import { passwordUser, type SshLab } from './ssh-lab.ts'

/** The next port of an sshd of this suite. */
let nextPort = 2600

/** Logins that sshd accepts and that are not usable. */
export function sshRefusedSuite(at: SshLab): void {
  const { name: pat, password } = passwordUser
  const withPassword = { sudoPassword: secret(password) }

  /** Another sshd, and how to connect to it. */
  const server = async (...lines: readonly string[]) => {
    const port = nextPort++
    await at.sshd(port, ...lines)
    const file = join(at.home, `known-refused-${port}`)
    await writeFile(file, `[${at.node.address}]:${port} ${at.node.hostPublicKey}\n`)
    return (user: string, more: Parameters<SshLab['connect']>[1] = {}) =>
      at.connect(`${user}@${at.node.address}:${port}`, { knownHostsFiles: [file], ...more })
  }
  const summary = async (connecting: Promise<unknown>) => {
    const started = performance.now()
    const error = await rejection(connecting)
    const { code, exitCode, message, hint = '', output = '' } = error
    return { code, exitCode, message, hint, output, ms: performance.now() - started }
  }
  /** An authorized_keys whose key has options. */
  const keyWith = async (options: string) => {
    const file = `/etc/ssh/keys-${nextPort}`
    const key = await readFile(`${at.lab.sshKeyPath}.pub`, 'utf8')
    await at.node.writeFile(file, `${options} ${key}`, '0644')
    return `AuthorizedKeysFile ${file}`
  }

  describe('forwarding', () => {
    it.each([
      ['root', ['AllowTcpForwarding no'], 'ports of the host for this login: AllowTcpForwarding no'],
      ['ops', ['AllowTcpForwarding remote'], 'ports of the host for this login: AllowTcpForwarding remote'],
      ['root', ['AllowStreamLocalForwarding no'], 'sockets of the host for this login: AllowStreamLocalForwarding no'],
      [
        'ops',
        ['AllowStreamLocalForwarding remote'],
        'sockets of the host for this login: AllowStreamLocalForwarding remote',
      ],
      ['root', ['DisableForwarding yes'], 'ports of the host for this login: DisableForwarding yes'],
      ['root', ['PermitOpen none'], 'ports of the host for this login: PermitOpen none'],
      ['ops', ['PermitOpen 127.0.0.1:2379'], 'ports of the host for this login: PermitOpen 127.0.0.1:2379'],
      ['root', ['Match User root', 'AllowTcpForwarding no', 'Match all'], 'AllowTcpForwarding no'],
    ])('the login as %s with %j reports the setting of sshd that refuses forwarding', async (user, lines, setting) => {
      const connect = await server(...lines)
      const found = await summary(connect(user))
      expect(found).toMatchObject({ code: 'HOST_CHANNEL', exitCode: 4, message: expect.stringContaining(setting) })
      expect(found.hint).toContain(`in the sshd_config of ${at.node.address} set`)
    })

    it.each(['restrict', 'no-port-forwarding', 'permitopen="127.0.0.1:2379"'])(
      'the login reports a key option that refuses forwarding: %s',
      async options => {
        const connect = await server(await keyWith(options))
        const found = await summary(connect('root'))
        expect(found).toMatchObject({ code: 'HOST_CHANNEL', exitCode: 4 })
        expect(found.message).toMatch(/\/etc\/ssh\/keys-\d+:1: /)
        expect(found.message).toContain(options)
      },
    )

    it.each([
      ['AllowTcpForwarding local'],
      ['AllowStreamLocalForwarding local'],
      ['PermitListen none'],
      ['PermitTTY no'],
      ['Match User root', 'AllowTcpForwarding no', 'Match all'],
    ])('the login accepts settings that allow the forwarding of a run: %s', async (...lines) => {
      const host = await (await server(...lines))('ops')
      expect((await host.query(['id', '-u'])).stdout).toBe('0\n')
      await host.close()
    })

    it.each(['restrict,port-forwarding', 'no-pty,no-agent-forwarding,no-X11-forwarding'])(
      'the login accepts a key with %s',
      async options => {
        const host = await (await server(await keyWith(options)))('root')
        expect((await host.query(['id', '-u'])).stdout).toBe('0\n')
        await host.close()
      },
    )
  })

  describe('a login that runs no command', () => {
    const asked = 'command="echo \'Please login as the user \\"ubuntu\\" rather than the user \\"root\\".\';exit 142"'
    it.each([
      ['ForceCommand echo no way >&2; exit 5', '(exit code 5): it printed: no way', 'a forced command'],
      ['ForceCommand exit 0', '(exit code 0): it printed nothing', 'a forced command'],
      ['ForceCommand internal-sftp', 'sftp connections only', 'ForceCommand internal-sftp'],
      ['ChrootDirectory /var/empty-jail', 'No such file or directory', 'ChrootDirectory'],
      ['ForceCommand echo "fatal: unrecognized command" >&2; exit 128', '(exit code 128)', 'git-shell'],
    ])('the login reports what the server printed with %s', async (line, printed, cause) => {
      await at.node.run('mkdir -p /var/empty-jail')
      const found = await summary((await server(line))('root'))
      expect(found).toMatchObject({ code: 'HOST_SHELL', exitCode: 4 })
      expect(found.message).toContain(printed)
      expect(found.message).toMatch(new RegExp(`likely cause: .*${cause}`))
    })

    it('the login reports a root key that names another user', async () => {
      const found = await summary((await server(await keyWith(asked)))('root'))
      expect(found).toMatchObject({ code: 'HOST_SHELL', exitCode: 4 })
      expect(found.message).toContain('(exit code 142): it printed: Please login as the user "ubuntu"')
      expect(found.hint).toContain('--host USER@ADDRESS')
    })

    describe('a login shell', () => {
      afterAll(() => at.node.run(`usermod -s /bin/sh ${pat}`))

      it.each([
        ['/usr/sbin/nologin', 'This account is currently not available', 'is nologin'],
        ['/bin/false', '(exit code 1): it printed nothing', 'the login shell of'],
        ['/bin/rbash', 'restricted', 'a restricted one'],
      ])('the login reports what the login shell %s printed', async (shell, printed, cause) => {
        await at.node.run(`usermod -s ${shell} ${pat}`)
        const found = await summary(at.connect(`${pat}@${at.node.address}`, withPassword))
        expect(found).toMatchObject({ code: 'HOST_SHELL', exitCode: 4 })
        expect(found.message).toContain(printed)
        expect(found.message).toContain(cause)
      })
    })

    it('the login reports a sudo policy that allows only other commands', async () => {
      await at.node.writeFile('/etc/sudoers.d/few', `${pat} ALL=(ALL) NOPASSWD: /usr/bin/true\n`, '0440')
      await at.node.run(`mv /etc/sudoers.d/${pat} /root/sudoers-${pat}`)
      try {
        const found = await summary(at.connect(`${pat}@${at.node.address}`).then(host => host.query(['id', '-u'])))
        expect(found).toMatchObject({ code: 'HOST_SUDO', exitCode: 4 })
      } finally {
        await at.node.run(`rm /etc/sudoers.d/few; mv /root/sudoers-${pat} /etc/sudoers.d/${pat}`)
      }
    })
  })

  describe('MaxSessions', () => {
    it.each([
      ['root', 0, 'opens no session: MaxSessions is 0', {}],
      ['root', 1, 'opens 1 of the 2 sessions', {}],
      ['ops', 1, 'opens 1 of the 3 sessions', {}],
      ['ops', 2, 'opens 2 of the 3 sessions', {}],
      [pat, 3, 'opens 3 of the 4 sessions', withPassword],
    ])('the login of %s with MaxSessions %i reports the limit within seconds', async (user, max, words, more) => {
      const found = await summary((await server(`MaxSessions ${max}`))(user, more))
      expect(found).toMatchObject({ code: 'HOST_CHANNEL', exitCode: 4, message: expect.stringContaining(words) })
      expect(found.hint).toContain('MaxSessions')
      expect(found.ms).toBeLessThan(10_000)
    })

    it.each([
      ['root', 2, {}],
      ['ops', 3, {}],
      [pat, 4, withPassword],
    ])('the login of %s accepts the smallest sufficient MaxSessions, %i', async (user, max, more) => {
      const host = await (await server(`MaxSessions ${max}`))(user, more)
      const stop = new AbortController()
      const claim = host.query(['sleep', '600'], { lasting: true, signal: stop.signal }).catch(() => undefined)
      // One socket under two names.
      const sockets = ['/run', '/var/run'].map(dir => ({ socket: `${dir}/containerd/containerd.sock` }))
      const runtimes = await Promise.all(sockets.map(socket => host.connect(socket)))
      // Each waits for its turn; the last ones wait longer than for a session while none is open.
      const turns = await Promise.all(Array.from({ length: 7 }, () => host.query(['sleep', '0.4'])))
      expect(turns.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0, 0])
      for (const runtime of runtimes) runtime.destroy()
      stop.abort()
      await host.close()
      await claim
    })

    it('a run reports a MaxSessions limit that it finds later', async () => {
      const host = await (await server('MaxSessions 2'))('root')
      const claims = [1, 2].map(() => host.query(['sleep', '600'], { lasting: true }).catch(() => undefined))
      const found = await summary(host.query(['true']))
      expect(found).toMatchObject({ code: 'HOST_CHANNEL', hint: expect.stringContaining('MaxSessions') })
      expect(found.message).toContain('in addition to the 2 that kadm keeps open')
      expect(found.ms).toBeLessThan(10_000)
      await host.close()
      await at.node.run('pkill -x sleep')
      await Promise.all(claims)
    })
  })

  describe('a server that ends a login', () => {
    const login = () => at.connect(`${pat}@${at.node.address}`, withPassword)
    afterAll(() => at.node.run(`rm -f /run/nologin; chage -E -1 ${pat}`))

    it.each([
      ['/run/nologin with a text', 'echo Down until noon > /run/nologin', 'server message: Down until noon'],
      ['/run/nologin without one', ': > /run/nologin', 'after it accepted the key'],
      ['an expired account', `rm /run/nologin; chage -E 1 ${pat}`, 'server message: Your account has expired'],
    ])('the login reports the message of a server that ends it: %s', async (_, script, words) => {
      await at.node.run(script)
      const found = await summary(login())
      expect(found).toMatchObject({ code: 'HOST_UNREACHABLE', exitCode: 4 })
      expect(found.message).toContain(words)
      expect(found.hint).not.toContain('works on this host')
    })

    it('the login reports the banner when no key is accepted', async () => {
      await at.node.writeFile('/etc/ssh/words', 'Authorized use only.\nAsk the desk for a key.\n')
      const connect = await server('Banner /etc/ssh/words')
      const found = await summary(connect('games'))
      expect(found).toMatchObject({ code: 'HOST_AUTH', output: 'Authorized use only.\nAsk the desk for a key.' })
    })

    it('the login reports a server with too many logins in progress', async () => {
      const port = nextPort
      const connect = await server('MaxStartups 1')
      const waiting = createConnection(port, at.node.address)
      await new Promise(resolve => waiting.once('data', resolve))
      const found = await summary(connect('root'))
      waiting.destroy()
      expect(found).toMatchObject({ code: 'HOST_UNREACHABLE', output: 'Exceeded MaxStartups' })
      expect(found.hint).toContain('MaxStartups')
    })
  })

  describe('a jump host', () => {
    it.each([
      ['MaxSessions 0'],
      ['ForceCommand /bin/false'],
      ['AllowStreamLocalForwarding no'],
      ['PermitOpen 127.0.0.1:22'],
      ['PermitTTY no'],
    ])('a jump host only needs to forward to the host behind it: %s', async line => {
      const port = nextPort
      await server(line)
      const file = join(at.home, `known-refused-${port}`)
      await writeFile(file, `127.0.0.1 ${at.node.hostPublicKey}\n`, { flag: 'a' })
      await at.config(`Host 127.0.0.1\n ProxyJump root@${at.node.address}:${port}\n`)
      try {
        const host = await at.connect('root@127.0.0.1', { knownHostsFiles: [file] })
        expect((await host.query(['id', '-u'])).stdout).toBe('0\n')
        await host.close()
      } finally {
        await at.config('')
      }
    })

    it.each(['AllowTcpForwarding no', 'PermitOpen 127.0.0.1:1', 'DisableForwarding yes'])(
      'an error names the setting of a jump host that refuses forwarding: %s',
      async line => {
        const port = nextPort
        await server(line)
        const file = join(at.home, `known-refused-${port}`)
        await at.config(`Host 127.0.0.1\n ProxyJump root@${at.node.address}:${port}\n`)
        try {
          const found = await summary(at.connect('root@127.0.0.1', { knownHostsFiles: [file] }))
          expect(found).toMatchObject({ code: 'HOST_UNREACHABLE', exitCode: 4 })
          expect(found.message).toContain(`cannot connect to 127.0.0.1:22 on ${at.node.address}`)
          expect(found.hint).toMatch(/AllowTcpForwarding yes, PermitOpen any and DisableForwarding no/)
        } finally {
          await at.config('')
        }
      },
    )
  })
}
