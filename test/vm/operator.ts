import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { component } from '../lab/components.ts'
import { type CommandResult, exec } from '../lab/exec.ts'
import { program } from '../lab/program.ts'
import { say, since } from '../lab/progress.ts'
import { sshKey } from '../lab/vm/image.ts'
import { knownHosts } from '../lab/vm/machine.ts'
import { inNetwork } from '../lab/vm/network.ts'
import { version, vmDir } from '../lab/vm/settings.ts'
import { initConfig, joinConfig, patienceMs } from './settings.ts'

/** Directories of operators; they go with the run. */
export const homes = join(vmDir, 'homes')

/** kadm's JSON answer. */
export type Answer = Record<string, unknown>

/** kadm and kubectl on this host, in the machines' network, with a home directory of their own. */
export class Operator {
  readonly #home: string

  private constructor(home: string) {
    this.#home = home
  }

  static async create(): Promise<Operator> {
    await mkdir(homes, { recursive: true, mode: 0o700 })
    const home = await mkdtemp(join(homes, 'home-'))
    await mkdir(join(home, '.ssh'), { mode: 0o700 })
    const settings = `Host *\n  IdentityFile ${await sshKey()}\n  UserKnownHostsFile ${knownHosts}\n`
    await writeFile(join(home, '.ssh', 'config'), settings, { mode: 0o600 })
    await writeFile(join(home, 'init.yaml'), initConfig)
    await writeFile(join(home, 'join.yaml'), joinConfig)
    return new Operator(home)
  }

  get initConfig(): string {
    return join(this.#home, 'init.yaml')
  }

  get joinConfig(): string {
    return join(this.#home, 'join.yaml')
  }

  get #kubeconfig(): string {
    return join(this.#home, 'admin.conf')
  }

  /** Runs kadm, and shows how long that took and the end of what it printed when it fails. */
  async kadm(args: readonly string[]): Promise<CommandResult> {
    const start = performance.now()
    const [file = '', ...rest] = inNetwork([program, ...args])
    const env = { PATH: process.env.PATH, HOME: this.#home }
    const result = await exec(file, rest, { env, check: false })
    say(`kadm ${args.filter(word => !word.startsWith('/')).join(' ')} exits ${result.code} after ${since(start)}`)
    if (result.code !== 0) say(result.stderr.trim().split('\n').slice(-12).join('\n'))
    return result
  }

  /** kadm's JSON answer; throws with what it printed when it exits with another code than `codes`. */
  async answer<T = Answer>(args: readonly string[], codes: readonly number[] = [0]): Promise<T> {
    const { code, stdout, stderr } = await this.kadm([...args, '-o', 'json', '--progress', 'plain'])
    if (!codes.includes(code)) throw new Error(`kadm ${args.join(' ')} exits ${code}\n${stderr}`)
    return JSON.parse(stdout) as T
  }

  /** Fetches the administrator's kubeconfig from a control plane: kubectl uses it. */
  async useCluster(controlPlane: string): Promise<void> {
    const to = ['--to', this.#kubeconfig, '--force']
    const { code, stderr } = await this.kadm(['kubeconfig', 'fetch', '--host', controlPlane, ...to])
    if (code !== 0) throw new Error(`kadm kubeconfig fetch exits ${code}\n${stderr}`)
  }

  async kubectl(words: readonly string[], stdin = ''): Promise<string> {
    const client = join(await component('kubernetes', version), 'kubectl')
    const [file = '', ...rest] = inNetwork([client, '--kubeconfig', this.#kubeconfig, ...words])
    return (await exec(file, rest, { stdin, timeoutMs: patienceMs })).stdout
  }

  /** Repeats kubectl until it succeeds and its output is as wanted; returns that. */
  async kubectlUntil(words: readonly string[], wanted: (output: string) => boolean = () => true): Promise<string> {
    const end = Date.now() + patienceMs
    for (;;) {
      const output = await this.kubectl(words).catch(error => error as Error)
      if (typeof output === 'string' && wanted(output)) return output
      if (Date.now() > end) throw new Error(`kubectl ${words.join(' ')} does not get there: ${output}`)
      await sleep(1000)
    }
  }

  /** Waits until every node is Ready and CoreDNS runs. */
  async untilReady(): Promise<void> {
    const start = performance.now()
    const isReady = '{.items[*].status.conditions[?(@.type=="Ready")].status}'
    const ready = (output: string) => /^True( True)*$/.test(output)
    await this.kubectlUntil(['get', 'nodes', '-o', `jsonpath=${isReady}`], ready)
    const replicas = 'jsonpath={.status.readyReplicas} {.status.updatedReplicas}'
    const dns = ['-n', 'kube-system', 'get', 'deployment', 'coredns', '-o', replicas]
    await this.kubectlUntil(dns, output => output === '2 2')
    say(`all nodes are Ready and CoreDNS runs after ${since(start)}`)
  }
}
