import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { exec } from '../lab/exec.ts'
import { program } from '../lab/program.ts'
import { passwordUser, type SshLab } from './ssh-lab.ts'

/** The command line: prompts on a terminal, passwords in the environment. */
export function sshTerminalSuite(at: SshLab): void {
  const { name, password } = passwordUser
  const env = () => ({ PATH: process.env.PATH ?? '', HOME: at.home, TERM: 'xterm' })
  const fetch = (spec: string) => [program, 'kubeconfig', 'fetch', '--to', '-', '--host', spec]
  const reached = `admin.conf does not exist on`
  beforeAll(() => at.sshd(2401, 'PasswordAuthentication yes', 'KbdInteractiveAuthentication no'))
  afterEach(() => at.config(''))

  /** Runs a command on a terminal of its own and types an answer to each prompt. */
  const onTerminal = (argv: readonly string[], answers: readonly (readonly [question: string, answer: string])[]) =>
    new Promise<{ code: number | null; shown: string }>((resolve, reject) => {
      const command = argv.map(word => `'${word}'`).join(' ')
      const child = spawn('script', ['-qfec', command, '/dev/null'], { env: env() })
      const left = [...answers]
      let shown = ''
      child.on('error', reject)
      child.on('close', code => resolve({ code, shown }))
      child.stdout.on('data', chunk => {
        shown += chunk
        const [next] = left
        if (next === undefined || !shown.includes(next[0])) return
        left.shift()
        child.stdin.write(next[1])
      })
    })

  describe('on a terminal', () => {
    it('a terminal prompts for a passphrase without showing it', async () => {
      const key = await at.key('terminal', '-t', 'ed25519', '-N', 's3same')
      await at.node.run('cat >> /root/.ssh/authorized_keys', { stdin: await readFile(`${key}.pub`, 'utf8') })
      await at.config(`IdentityFile ${key}\nUserKnownHostsFile ${at.lab.knownHostsPath}\n`)
      const { shown } = await onTerminal(fetch(at.node.ssh()), [[`passphrase of ${key}: `, 's3same\n']])
      expect(shown).toContain(reached)
      expect(shown).not.toContain('s3same')
    })

    it('a terminal prompts for the login password and the sudo password', async () => {
      await at.config(`IdentityFile none\nUserKnownHostsFile ${at.lab.knownHostsPath}\n`)
      const spec = `${name}@${at.node.address}:2401`
      const { shown } = await onTerminal(fetch(spec), [
        [`password of ${name} on ${at.node.address}: `, `${password}\n`],
        [`sudo password of ${name} on ${at.node.address}: `, `${password}\n`],
      ])
      expect(shown).toContain(reached)
      expect(shown).not.toContain(password)
    })

    it.each([
      ['yes\n', reached, true],
      ['no\n', 'HOST_KEY_UNKNOWN', false],
    ])('a terminal prompts for an unknown host key: %j', async (answer, words, kept) => {
      const file = join(at.home, `known-terminal-${kept}`)
      await at.config(`IdentityFile ${at.lab.sshKeyPath}\nUserKnownHostsFile ${file}\n`)
      const { shown } = await onTerminal(fetch(at.node.ssh()), [['trust it from now on?', answer]])
      expect(shown).toContain(words)
      expect((await readFile(file, 'utf8').catch(() => '')).includes(at.node.hostPublicKey)).toBe(kept)
    })

    it('Ctrl-C at a prompt ends the command', async () => {
      await at.config(`IdentityFile none\nUserKnownHostsFile ${at.lab.knownHostsPath}\n`)
      const { code, shown } = await onTerminal(fetch(`${name}@${at.node.address}:2401`), [['password of', '\u0003']])
      expect(code).toBe(130)
      expect(shown).toContain('INTERRUPTED')
    })
  })

  describe('without a terminal', () => {
    it('kadm does not prompt without a terminal', async () => {
      await at.config(`IdentityFile ${at.lab.sshKeyPath}\nUserKnownHostsFile /dev/null\n`)
      const [file = '', ...args] = fetch(at.node.ssh())
      const { code, stderr } = await exec(file, args, { env: env(), check: false, timeoutMs: 20_000 })
      expect(code).toBe(4)
      expect(stderr).toContain('HOST_KEY_UNKNOWN')
    })

    it('passwords come from the environment, and child processes do not inherit them', async () => {
      const seen = join(at.home, 'environment')
      const way = join(at.home, 'way')
      const ssh = `ssh ${at.node.sshArgs.join(' ')} -W ${at.node.address}:2401 ${at.node.ssh()}`
      await writeFile(way, `#!/bin/sh\nenv > ${seen}\nexec ${ssh}\n`, { mode: 0o700 })
      const known = `UserKnownHostsFile ${at.lab.knownHostsPath}`
      await at.config(
        `IdentityFile none\n${known}\nProxyCommand ${way}\nMatch exec "env > ${seen}-match"\n User ${name}\n`,
      )
      const passwords = { KADM_SSH_PASSWORD: password, KADM_SUDO_PASSWORD: password, KADM_SSH_KEY_PASSPHRASE: 'k3y' }
      const [file = '', ...args] = fetch(at.node.address)
      const { stderr } = await exec(file, args, { env: { ...env(), ...passwords }, check: false, timeoutMs: 20_000 })
      expect(stderr).toContain(reached)
      expect(stderr).not.toContain(password)
      for (const part of [seen, `${seen}-match`]) {
        const text = await readFile(part, 'utf8')
        expect(text).toContain(`HOME=${at.home}`)
        expect(text).not.toMatch(/KADM_|horse|k3y/)
      }
    })
  })
}
