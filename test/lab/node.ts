import { dirname, join } from 'node:path'
import { removeNode } from './cleanup.ts'
import { type CommandResult, type ExecOptions, exec } from './exec.ts'
import { setPort } from './network.ts'
import { isAlive, labDir, type NodeState, nodeDir } from './state.ts'
import type { KubernetesVersion } from './versions.ts'

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** A running node of a lab. */
export class LabNode {
  readonly name: string
  readonly kubernetes: KubernetesVersion
  /** Its IPv4 address, reachable from this host and all nodes of the lab. */
  readonly address: string
  readonly address6: string
  /** Its SSH host key: "ssh-ed25519 AAAA…". */
  readonly hostPublicKey: string
  /** Process id, on this host, of its systemd. */
  readonly pid: number
  /** Its root directory seen from this host, for reading; /run, /tmp, /proc, /sys and /dev are not in it. */
  readonly rootPath: string
  readonly #labId: string
  readonly #state: NodeState

  constructor(labId: string, state: NodeState) {
    this.name = state.name
    this.kubernetes = state.kubernetes
    this.address = state.address
    this.address6 = state.address6
    this.hostPublicKey = state.hostPublicKey
    this.pid = state.init.pid
    this.rootPath = join(nodeDir(labId, state.name), 'root')
    this.#labId = labId
    this.#state = state
  }

  /** Returns the ssh destination of the node: "root@10.77.1.10" (users: root, ops with sudo, guest without). */
  ssh(user: 'root' | 'ops' | 'guest' = 'root'): string {
    return `${user}@${this.address}`
  }

  /** Arguments for ssh(1) and scp(1) that use the lab's key and accept only the node's own host key. */
  get sshArgs(): string[] {
    const dir = join(labDir(this.#labId), 'ssh')
    const options = [`UserKnownHostsFile=${join(dir, 'known_hosts')}`, 'StrictHostKeyChecking=yes', 'BatchMode=yes']
    return ['-F', 'none', '-i', join(dir, 'id_ed25519'), ...options.flatMap(option => ['-o', option])]
  }

  /** True while the node's systemd runs. */
  get alive(): boolean {
    return isAlive(this.#state.init)
  }

  /**
   * Runs a command on the node as root, in /root; a string goes through bash.
   * @param options `env` adds to a clean environment; `check: false` returns a failure instead of throwing.
   * @throws CommandError when it fails or takes longer than `timeoutMs`; Error when the node is not running.
   */
  run(command: string | readonly string[], options: ExecOptions = {}): Promise<CommandResult> {
    if (!this.alive) return Promise.reject(new Error(`node ${this.name} is not running`))
    const argv = typeof command === 'string' ? ['bash', '-c', command] : command
    const { env, cwd, ...rest } = options
    const [file = '', ...args] = this.enter(argv, { ...(env ? { env } : {}), ...(cwd ? { cwd } : {}) })
    return exec(file, args, rest)
  }

  /** The command line which, on this host, runs `argv` on the node as root with a clean environment. */
  enter(argv: readonly string[], options: Pick<ExecOptions, 'env' | 'cwd'> = {}): string[] {
    const env = { PATH: path, HOME: '/root', USER: 'root', LANG: 'C.UTF-8', ...options.env }
    const settings = Object.entries(env).map(([name, value]) => `${name}=${value ?? ''}`)
    const namespaces = ['-m', '-u', '-i', '-n', '-p', '-C']
    const start = ['/usr/bin/env', '-i', '-C', options.cwd ?? '/root', ...settings]
    return ['nsenter', '-t', String(this.pid), ...namespaces, '--', ...start, ...argv]
  }

  /** The text of a file on the node. */
  async readFile(file: string): Promise<string> {
    return (await this.run(['cat', '--', file])).stdout
  }

  /** Writes a file on the node and makes its directory; `mode` is octal text, such as "0600" (default "0644"). */
  async writeFile(file: string, content: string | Uint8Array, mode = '0644'): Promise<void> {
    const script = 'mkdir -p "$1" && rm -f "$2" && install -m "$3" /dev/null "$2" && cat > "$2"'
    await this.run(['bash', '-c', script, 'bash', dirname(file), file, mode], { stdin: content })
  }

  /** Disconnects the node from the network, or connects it again. */
  async disconnect(): Promise<void> {
    await setPort(this.address, false)
  }
  async connect(): Promise<void> {
    await setPort(this.address, true)
  }

  /** Kills the node as a power cut does. Its files stay readable under `rootPath` until `stop`. */
  kill(): void {
    if (this.alive) process.kill(this.pid, 'SIGKILL')
  }

  /** Kills the node and removes everything it had. */
  async stop(): Promise<void> {
    removeNode(this.#labId, this.name)
  }
}
