import { chmod, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { secret } from '../../src/cluster/secret.ts'
import { sshConnector } from '../../src/host/connect-host.ts'
import { exec } from '../lab/exec.ts'
import { rejection } from './hosts.ts'
import { passwordUser, type SshLab, scriptedOperator } from './ssh-lab.ts'

/** The authentication of the operator. */
export function sshLogInSuite(at: SshLab): void {
  const trust = async (...keys: readonly string[]) => {
    const lines = await Promise.all(keys.map(key => readFile(`${key}.pub`, 'utf8')))
    await at.node.run('cat >> /root/.ssh/authorized_keys', { stdin: lines.join('') })
  }
  const logsIn = async (spec: string, more: Parameters<SshLab['connect']>[1]) => {
    const host = await at.connect(spec, more)
    expect((await host.query(['id', '-u'])).stdout).toBe('0\n')
  }

  describe('keys', () => {
    it.each([
      ['ed25519', '-t', 'ed25519'],
      ['rsa', '-t', 'rsa', '-b', '2048'],
      ['rsa-pem', '-t', 'rsa', '-b', '2048', '-m', 'PEM'],
      ['rsa-pkcs8', '-t', 'rsa', '-b', '2048', '-m', 'PKCS8'],
      ['ecdsa-256', '-t', 'ecdsa', '-b', '256'],
      ['ecdsa-384-pem', '-t', 'ecdsa', '-b', '384', '-m', 'PEM'],
      ['ecdsa-521-pkcs8', '-t', 'ecdsa', '-b', '521', '-m', 'PKCS8'],
    ])('an SSH key logs in, plain and encrypted: %s', async (name, ...args) => {
      const plain = await at.key(name, ...args)
      const encrypted = await at.key(`${name}-encrypted`, ...args, '-N', 'pass phrase')
      await trust(plain, encrypted)
      await logsIn(at.node.ssh(), { identityFiles: [plain] })
      const person = scriptedOperator(['passphrase', 'pass phrase'])
      await logsIn(at.node.ssh(), { identityFiles: [encrypted], ask: person.ask })
      expect(person.questions).toEqual([`passphrase of ${encrypted}: `])
      await rm(`${encrypted}.pub`)
      await logsIn(at.node.ssh(), { identityFiles: [encrypted], passphrase: secret('pass phrase') })
    })

    it('a passphrase is requested once for several hosts in parallel, and again when it is wrong', async () => {
      const key = await at.key('shared', '-t', 'ed25519', '-N', 'right')
      await trust(key)
      await Promise.all([2210, 2211, 2212].map(port => at.sshd(port)))
      const person = scriptedOperator(['passphrase', 'wrong'], ['passphrase', 'right'])
      const { connect } = sshConnector(at.options({ identityFiles: [key], ask: person.ask }))
      const specs = [2210, 2211, 2212].map(port => `${at.node.ssh()}:${port}`)
      const hosts = await Promise.all(specs.map(spec => connect(spec)))
      expect(person.questions.length).toBe(2)
      await Promise.all(hosts.map(host => host.close()))
    })

    it('a passphrase is not requested for a host that does not accept the key', async () => {
      const stranger = await at.key('stranger', '-t', 'ed25519', '-N', 'unknown')
      const person = scriptedOperator()
      await logsIn(at.node.ssh(), { identityFiles: [stranger, at.lab.sshKeyPath], ask: person.ask })
      expect(person.questions).toEqual([])
    })

    it('an error names the next step for a passphrase when prompts are disabled', async () => {
      const key = await at.key('locked', '-t', 'ed25519', '-N', 'unknown')
      await trust(key)
      const error = await rejection(at.connect(at.node.ssh(), { identityFiles: [key] }))
      expect(error.code).toBe('HOST_AUTH')
      expect(error.hint).toContain(
        `${key} needs its passphrase: run on a terminal, set KADM_SSH_KEY_PASSPHRASE, or \`ssh-add ${key}\``,
      )
      await at.config('BatchMode yes\n')
      const person = scriptedOperator(['passphrase', 'unknown'])
      await rejection(at.connect(at.node.ssh(), { identityFiles: [key], ask: person.ask }))
      await at.config('')
      expect(person.questions).toEqual([])
    })

    it('an error lists keys that are missing, invalid or readable by other users', async () => {
      const key = await at.key('open', '-t', 'ed25519')
      await trust(key)
      await chmod(key, 0o640)
      await writeFile(`${key}-none`, 'no key', { mode: 0o600 })
      const uid = process.getuid?.() ?? 0
      const identityFiles = [key, `${key}-missing`, `${key}-none`]
      const { hint } = await rejection(at.connect(at.node.ssh(), { identityFiles, uid }))
      expect(hint).toContain(`${key} cannot be used: it is readable by other users (mode 0640): chmod 600 ${key}`)
      expect(hint).toContain(`${key}-missing does not exist`)
      expect(hint).toContain(`${key}-none cannot be used: `)
    })

    it('the login offers only keys that PubkeyAcceptedAlgorithms allows', async () => {
      await at.config('PubkeyAcceptedAlgorithms ecdsa-sha2-*\n')
      const error = await rejection(at.connect(at.node.ssh()))
      await at.config('')
      expect(error.message).toContain('there were no keys or passwords to offer')
    })

    it('a failed login reports user certificates, which are not supported', async () => {
      await at.config('CertificateFile ~/.ssh/my-cert.pub\n')
      const error = await rejection(at.connect(at.node.ssh(), { identityFiles: [] }))
      await at.config('')
      expect(error.hint).toContain(`${at.home}/.ssh/my-cert.pub is a user certificate, which kadm does not support`)
    })
  })

  describe('the SSH agent', () => {
    let agent: Awaited<ReturnType<typeof startAgent>>
    beforeAll(async () => {
      agent = await startAgent(at.home)
    })
    afterAll(() => agent?.stop())

    it('the SSH agent signs for keys without a file', async () => {
      const key = await at.key('agent-only', '-t', 'ecdsa')
      await trust(key)
      await agent.add(key)
      await rm(key)
      await logsIn(at.node.ssh(), { identityFiles: [], env: agent.env })
      await agent.clear()
    })

    it('the SSH agent is used before files, so that its encrypted keys need no passphrase', async () => {
      const key = await at.key('agent-too', '-t', 'rsa', '-b', '2048')
      await trust(key)
      await agent.add(key)
      await exec('ssh-keygen', ['-q', '-p', '-N', 'forgotten', '-f', key])
      await logsIn(at.node.ssh(), { identityFiles: [key], env: agent.env })
      await agent.clear()
    })

    it('the SSH agent offers the keys of identity files first, and no others with IdentitiesOnly', async () => {
      const many = await Promise.all([1, 2, 3, 4, 5, 6, 7].map(number => at.key(`many-${number}`, '-t', 'ed25519')))
      const right = await at.key('right', '-t', 'ed25519')
      await trust(right)
      for (const key of [...many, right]) await agent.add(key)
      const error = await rejection(at.connect(at.node.ssh(), { identityFiles: [], env: agent.env }))
      expect(error.code).toBe('HOST_AUTH')
      expect(error.hint).toContain('IdentitiesOnly yes')
      await logsIn(at.node.ssh(), { identityFiles: [`${right}.pub`], env: agent.env })
      await at.config(`IdentitiesOnly yes\nIdentityFile ${right}.pub\n`)
      await logsIn(at.node.ssh(), { identityFiles: [], env: agent.env })
      await at.config('IdentitiesOnly yes\n')
      const none = await rejection(at.connect(at.node.ssh(), { identityFiles: [], env: agent.env }))
      await at.config('')
      expect(none.message).toContain('there were no keys or passwords to offer')
      await agent.clear()
    })

    it('the login falls back to key files when the SSH agent is silent, and a failed login names the agent', async () => {
      const env = { SSH_AUTH_SOCK: join(at.home, 'no-agent') }
      await logsIn(at.node.ssh(), { env })
      const error = await rejection(at.connect(at.node.ssh(), { identityFiles: [], env }))
      expect(error.hint).toContain(`the SSH agent at ${env.SSH_AUTH_SOCK} does not answer`)
    })
  })

  describe('passwords', () => {
    const { name, password } = passwordUser
    const noKeys = { identityFiles: [] as readonly string[], sudoPassword: secret(password) }
    const question = `password of ${name} on `
    const where = (port: number) => `${name}@${at.node.address}:${port}`
    beforeAll(async () => {
      await Promise.all([
        at.sshd(2221, 'PasswordAuthentication yes', 'KbdInteractiveAuthentication no'),
        at.sshd(2222, 'PasswordAuthentication no', 'KbdInteractiveAuthentication yes'),
        at.sshd(2223, 'PasswordAuthentication yes', 'KbdInteractiveAuthentication yes'),
        at.sshd(2224, 'AuthenticationMethods publickey,password', 'PasswordAuthentication yes'),
      ])
    })

    it.each([
      ['as a password', 2221],
      ['as the answer to a prompt', 2222],
      ['after a key', 2224],
    ])('the login takes the password from the environment, %s', async (_, port) => {
      const identityFiles = port === 2224 ? [at.lab.sshKeyPath] : []
      await logsIn(where(port), { ...noKeys, identityFiles, password: secret(password) })
    })

    it.each([2221, 2222, 2223])('a password is requested once, and again when it is wrong (port %d)', async port => {
      const person = scriptedOperator([question, 'wrong'], [question, password])
      const { connect } = sshConnector(at.options({ ...noKeys, ask: person.ask }))
      const first = await connect(where(port))
      const second = await connect(where(port))
      expect(person.questions.length).toBe(2)
      await Promise.all([first.close(), second.close()])
    })

    it('a password is requested as often as NumberOfPasswordPrompts allows', async () => {
      await at.config('NumberOfPasswordPrompts 2\n')
      const person = scriptedOperator([question, 'a'], [question, 'b'], [question, password])
      const error = await rejection(at.connect(where(2221), { ...noKeys, ask: person.ask }))
      await at.config('')
      expect([error.code, person.questions.length]).toEqual(['HOST_AUTH', 2])
    })

    it.each([2221, 2222, 2223])('a wrong password of the environment is offered once (port %d)', async port => {
      const before = await failures(at)
      const error = await rejection(at.connect(where(port), { ...noKeys, password: secret('wr0ng') }))
      expect(error.code).toBe('HOST_AUTH')
      expect((await failures(at)) - before).toBe(1)
      expect(JSON.stringify([error.message, error.hint, error.output, error.stack])).not.toContain('wr0ng')
    })

    it.each([
      ['PasswordAuthentication no', 2221],
      ['KbdInteractiveAuthentication no', 2222],
      ['PreferredAuthentications publickey', 2223],
    ])('a password is not offered with %s', async (text, port) => {
      await at.config(`${text}\n`)
      const person = scriptedOperator([question, password])
      const error = await rejection(at.connect(where(port), { ...noKeys, password: secret(password), ask: person.ask }))
      await at.config('')
      expect([error.code, person.questions]).toEqual(['HOST_AUTH', []])
    })

    it('a password that is entered after the server hangs up is used for a new connection', async () => {
      await at.sshd(2225, 'PasswordAuthentication yes', 'KbdInteractiveAuthentication no', 'LoginGraceTime 4')
      const asked: string[] = []
      const ask = async (text: string) => {
        asked.push(text)
        await new Promise(resolve => setTimeout(resolve, 6000))
        return secret(password)
      }
      await logsIn(where(2225), { ...noKeys, ask })
      expect(asked.length).toBe(1)
    })

    it('a password is not requested in BatchMode, and the error names the next step', async () => {
      await at.config('BatchMode yes\n')
      const person = scriptedOperator([question, password])
      const error = await rejection(at.connect(where(2221), { ...noKeys, ask: person.ask }))
      await at.config('')
      expect(person.questions).toEqual([])
      expect(error.hint).toContain('it accepts a password: run in a terminal, or set KADM_SSH_PASSWORD')
    })

    it('the login reports an expired password at once', async () => {
      await at.node.run(['chage', '-d', '0', name])
      const error = await rejection(at.connect(where(2221), { ...noKeys, password: secret(password) }))
      await at.node.run(['chage', '-d', '20000', name])
      expect(error.message).toContain('has expired')
    })
  })
}

async function failures(at: SshLab): Promise<number> {
  await at.node.run(['journalctl', '--sync'])
  return Number((await at.node.run('journalctl --no-pager -t sshd | grep -c "authentication failure;" || true')).stdout)
}

/** A real ssh-agent, with a socket of its own. */
async function startAgent(dir: string) {
  const socket = join(dir, 'agent.sock')
  const { stdout } = await exec('ssh-agent', ['-s', '-a', socket])
  const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(stdout)?.[1])
  const env = { SSH_AUTH_SOCK: socket }
  const sshAdd = (...args: readonly string[]) => exec('ssh-add', ['-q', ...args], { env: { ...process.env, ...env } })
  return { env, add: sshAdd, clear: () => sshAdd('-D'), stop: () => process.kill(pid) }
}
