import { afterEach, describe, expect, it, vi } from 'vitest'
import { secret } from '../../src/cluster/secret.ts'
import { sshConnector } from '../../src/host/connect-host.ts'
import { rejection } from './hosts.ts'
import { passwordUser, type SshLab, scriptedOperator } from './ssh-lab.ts'

/** Becoming root with sudo's password. */
export function sshSudoSuite(at: SshLab): void {
  const { name, password } = passwordUser
  const spec = () => `${name}@${at.node.address}`
  const sudoPassword = secret(password)
  const policy = (text: string) => at.node.writeFile('/etc/sudoers.d/policy', `${text}\n`, '0440')
  /** Everything that root sees of the login user's processes and files. */
  const traces = async () =>
    (
      await at.node.run(
        'cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr "\\0" " "; grep -rs . /tmp /run/user /dev/shm ~pat || true',
      )
    ).stdout
  /** What a session can leave. */
  const left = async () =>
    (await at.node.run(`ls -d /tmp/kadm-* /run/user/*/kadm-* 2>/dev/null; pgrep -u ${name} -a; true`)).stdout

  describe('sudo with a password', () => {
    afterEach(() => at.node.run('rm -f /etc/sudoers.d/policy'))

    it.each([
      ['the default policy', ''],
      ['no cached answers', 'Defaults timestamp_timeout=0'],
      ['one cache for all terminals', 'Defaults timestamp_type=global'],
      ['a cache for each parent process', 'Defaults timestamp_type=ppid'],
      ['a pseudo-terminal', 'Defaults use_pty'],
      ['a custom prompt', 'Defaults passprompt="Who? ", passprompt_override'],
    ])('sudo with a password works with %s', async (_, text) => {
      await policy(text)
      const host = await at.connect(spec(), { sudoPassword })
      const stdin = 'line one\nline two\n'.repeat(1000)
      const outputs = await Promise.all(
        [1, 2, 3, 4, 5].map(() => host.query(['sh', '-c', 'id -u >&2; cat'], { stdin })),
      )
      for (const output of outputs) expect(output).toEqual({ code: 0, stdout: stdin, stderr: '0\n' })
      await host.close()
    })

    it('sudo with a password works where directories do not allow programs', async () => {
      await at.node.run('mount -o remount,noexec /tmp')
      try {
        const host = await at.connect(spec(), { sudoPassword })
        expect((await host.query(['id', '-u'])).stdout).toBe('0\n')
        await host.close()
      } finally {
        await at.node.run('mount -o remount,exec /tmp')
      }
    })

    it('sudo with a password never exposes the password and leaves no files behind', async () => {
      const before = await left()
      const host = await at.connect(spec(), { sudoPassword })
      let seen = ''
      const work = Promise.all(Array.from({ length: 20 }, () => host.exec(['sleep', '0.2'])))
      let working = true
      void work.finally(() => {
        working = false
      })
      while (working) seen += await traces()
      await work
      expect(seen).toContain('kadm-sudo-')
      expect(seen).not.toContain(password)
      await host.close()
      await vi.waitUntil(async () => (await left()) === before, { timeout: 10_000 })
    })

    it('sudo with a password leaves no files behind when the connection is lost', async () => {
      const host = await at.connect(spec(), { sudoPassword })
      expect(await left()).toContain('/tmp/kadm-sudo-')
      await at.node.run(`pkill -KILL -f "^sshd: ${name}"`)
      await vi.waitUntil(async () => (await left()) === '', { timeout: 10_000 })
      expect((await rejection(host.query(['true']))).code).toBe('HOST_UNREACHABLE')
    })

    it('the sudo password is requested once for all connections of a user, and again when it is wrong', async () => {
      const person = scriptedOperator(
        [`sudo password of ${name} on`, 'wrong'],
        [`sudo password of ${name} on`, password],
      )
      const { connect } = sshConnector(at.options({ ask: person.ask }))
      const hosts = await Promise.all([connect(spec()), connect(spec())])
      for (const host of hosts) expect((await host.query(['id', '-u'])).stdout).toBe('0\n')
      expect(person.questions.length).toBe(2)
      await Promise.all(hosts.map(host => host.close()))
    })

    it('the sudo password is required even when sudo has a cached answer, which it keeps', async () => {
      await policy('Defaults timestamp_type=global')
      const asUser = (command: string) => at.node.run(['su', name, '-c', command], { stdin: `${password}\n` })
      await asUser('sudo -S -v')
      expect((await rejection(at.connect(spec()))).message).toContain('cannot become root on')
      const wrong = await rejection(at.connect(spec(), { sudoPassword: secret('wr0ng') }))
      expect(wrong.message).toContain('does not accept the password')
      await asUser('sudo -n true')
      const host = await at.connect(spec(), { sudoPassword })
      await asUser('sudo -K')
      expect((await host.query(['id', '-u'])).stdout).toBe('0\n')
      await host.close()
    })

    it('a wrong sudo password is sent once, and only to sudo', async () => {
      const failures = async () =>
        Number(
          (
            await at.node.run(
              'journalctl --sync; journalctl --no-pager -t sudo | grep -c "authentication failure;" || true',
            )
          ).stdout,
        )
      const before = await failures()
      const error = await rejection(at.connect(spec(), { sudoPassword: secret('wr0ng') }))
      expect(error.code).toBe('HOST_SUDO')
      expect(error.message).toBe(`sudo on ${at.node.address} does not accept the password of ${name}`)
      expect(JSON.stringify([error.hint, error.output, error.stack])).not.toContain('wr0ng')
      expect((await failures()) - before).toBe(1)
    })

    it('an error names the next step for the sudo password when prompts are disabled', async () => {
      const error = await rejection(at.connect(spec()))
      expect(error.code).toBe('HOST_SUDO')
      expect(error.hint).toContain('run on a terminal, or set KADM_SUDO_PASSWORD')
    })

    it('the sudo password is not sent when the user is not allowed to become root', async () => {
      await at.node.run(['chpasswd'], { stdin: 'guest:guests own' })
      const error = await rejection(at.connect(at.node.ssh('guest'), { sudoPassword: secret('guests own') }))
      expect(error.code).toBe('HOST_SUDO')
      expect(error.message).toContain('guest is not allowed to become root, even with a password')
      expect(error.output).toContain('guest is not in the sudoers file')
    })

    it('an error names the sudo setting that requires a terminal', async () => {
      await policy('Defaults requiretty')
      const error = await rejection(at.connect(spec(), { sudoPassword }))
      expect(error.code).toBe('HOST_SUDO')
      expect(error.hint).toContain(`Defaults:${name} !requiretty`)
    })
  })
}
