import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { type Secret, secret } from '../../src/cluster/secret.ts'
import { type SshOptions, sshConnector } from '../../src/host/connect-host.ts'
import type { ConnectedHost } from '../../src/host/host.ts'
import type { Ask } from '../../src/host/ssh/credentials.ts'
import { exec } from '../lab/exec.ts'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'

/** A user of the node with a password that allows sudo. */
export const passwordUser = { name: 'pat', password: "correct 'horse" } as const

/** A node with more than one sshd, and the home directory of an operator. */
export interface SshLab {
  readonly lab: Lab
  readonly node: LabNode
  /** The operator's. */
  readonly home: string
  /** Options with the key and known hosts of the lab, without prompts. */
  options(more?: Partial<SshOptions>): SshOptions
  /** Closed after the tests. */
  connect(spec: string, more?: Partial<SshOptions>): Promise<ConnectedHost>
  /** Starts another sshd on the node, with lines of configuration before the lab's own. */
  sshd(port: number, ...lines: readonly string[]): Promise<void>
  /** Writes the operator's ~/.ssh/config. */
  config(text: string): Promise<void>
  /** Generates a key with ssh-keygen on this host and returns its path. */
  key(name: string, ...args: readonly string[]): Promise<string>
}

/** Boots a node before the tests of a file and removes it after them. */
export function useSshLab(name: string): SshLab {
  let lab: Lab
  let node: LabNode
  let home: string
  const open: ConnectedHost[] = []
  const options = (more: Partial<SshOptions> = {}): SshOptions => {
    const files = { identityFiles: [lab.sshKeyPath], knownHostsFiles: [lab.knownHostsPath] }
    return { home, user: 'nobody', env: {}, ...files, ...more }
  }
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'kadm-home-'))
    await mkdir(join(home, '.ssh'), { mode: 0o700 })
    lab = await startLab({ name, most: { machines: 1 } })
    node = await lab.startNode({ name: 'n1' })
    await addUser(node)
  })
  afterAll(async () => {
    await Promise.all(open.map(host => host.close()))
    await lab?.stop()
    await rm(home, { recursive: true, force: true })
  })
  return {
    get lab() {
      return lab
    },
    get node() {
      return node
    },
    get home() {
      return home
    },
    options,
    async connect(spec, more) {
      const host = await sshConnector(options(more)).connect(spec)
      open.push(host)
      return host
    },
    async sshd(port, ...lines) {
      const file = `/etc/ssh/sshd-${port}.conf`
      const listens = `/run/sshd-${port}.pid`
      const common = ['UsePAM yes', 'PermitRootLogin yes', 'UseDNS no', `PidFile ${listens}`, 'StrictModes no']
      const keys = lines.some(line => line.startsWith('HostKey ')) ? [] : ['HostKey /etc/ssh/ssh_host_ed25519_key']
      await node.writeFile(file, [`Port ${port}`, ...lines, ...common, ...keys, ''].join('\n'))
      // sshd moves to the background before it listens, and writes its PID after.
      await node.run(`rm -f ${listens}; /usr/sbin/sshd -f ${file} && until [ -s ${listens} ]; do sleep 0.02; done`)
    },
    config: text => writeFile(join(home, '.ssh/config'), text),
    async key(file, ...args) {
      const path = join(home, '.ssh', file)
      await exec('ssh-keygen', ['-q', '-C', file, '-f', path, ...(args.includes('-N') ? [] : ['-N', '']), ...args])
      return path
    },
  }
}

/** Creates the user on a node, who logs in with the lab's key. */
export async function addUser(node: LabNode): Promise<void> {
  const { name, password } = passwordUser
  await node.run(['useradd', '-m', '-s', '/bin/sh', name])
  await node.run(['chpasswd'], { stdin: `${name}:${password}` })
  await node.run(
    `install -d -o ${name} -m 700 ~${name}/.ssh && install -o ${name} -m 600 ~/.ssh/authorized_keys ~${name}/.ssh/`,
  )
  await node.writeFile(`/etc/sudoers.d/${name}`, `${name} ALL=(ALL) ALL\n`, '0440')
}

/** An operator at the keyboard: answers by the text of the question, in order, and records the questions. */
export function scriptedOperator(...answers: readonly (readonly [question: string | RegExp, answer: string])[]) {
  const left = [...answers]
  const questions: string[] = []
  const ask: Ask = async (question): Promise<Secret | undefined> => {
    questions.push(question)
    const at = left.findIndex(([wanted]) =>
      typeof wanted === 'string' ? question.includes(wanted) : wanted.test(question),
    )
    const [[, answer] = [undefined, undefined]] = at === -1 ? [] : left.splice(at, 1)
    return answer === undefined ? undefined : secret(answer)
  }
  return { ask, questions }
}
