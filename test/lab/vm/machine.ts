import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type CommandResult, type ExecOptions, exec } from '../exec.ts'
import { type BaseImage, baseImage, imagesThere, sshKey } from './image.ts'
import { monitor } from './monitor.ts'
import { inNetwork, plugIn, removeNetwork } from './network.ts'
import { filesOf, killQemu, pidOf, startQemu } from './qemu.ts'
import { addressOf, type MachineName, machines, vmDir } from './settings.ts'

const bootMs = 600_000

/** A virtual machine. It has one disk, which also holds its saved states: memory and disk at one moment. */
export class Machine {
  readonly name: MachineName
  readonly address: string
  /** The machines' network has IPv4 only. */
  readonly address6 = ''
  readonly #image: BaseImage
  readonly #key: string

  private constructor(name: MachineName, image: BaseImage, key: string) {
    this.name = name
    this.address = addressOf(name)
    this.#image = image
    this.#key = key
  }

  /** The machine of this name, running or not; makes the image when the cache does not have it. */
  static async named(name: MachineName): Promise<Machine> {
    const image = await baseImage()
    writeKnownHosts(image)
    return new Machine(name, image, await sshKey())
  }

  get running(): boolean {
    return pidOf(this.#image, this.name) !== undefined
  }

  /** The directory of its disk; what is written there goes with its saved states. */
  get dir(): string {
    return filesOf(this.#image, this.name).dir
  }

  get hasDisk(): boolean {
    return existsSync(filesOf(this.#image, this.name).disk)
  }

  ssh(user: 'root' | 'ops' = 'root'): string {
    return `${user}@${this.address}`
  }

  /** Boots it with an empty disk over the image, which drops its saved states, and waits for sshd and its services. */
  async bootFresh(): Promise<void> {
    await this.remove()
    const { dir, disk } = filesOf(this.#image, this.name)
    mkdirSync(dir, { recursive: true })
    await exec('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', this.#image.disk, disk])
    await this.boot()
  }

  /** Boots it on the disk that it has. */
  async boot(): Promise<void> {
    await plugIn(this.name)
    await startQemu(this.#image, this.name)
    await this.untilUp()
  }

  /** Waits until sshd answers, systemd has started everything and containerd lists its images. */
  async untilUp(): Promise<void> {
    await this.until(
      'systemctl is-system-running | grep -qE "running|degraded" && crictl images | grep -q etcd',
      bootMs,
    )
  }

  /** Waits until a command succeeds on it. */
  async until(command: string, timeoutMs: number): Promise<void> {
    const end = Date.now() + timeoutMs
    for (;;) {
      if (!this.running) throw new Error(`${this.name} does not run: see ${filesOf(this.#image, this.name).console}`)
      const { code, stderr } = await this.run(command, { check: false, timeoutMs })
      if (code === 0) return
      if (Date.now() > end)
        throw new Error(`${this.name} does not get there within ${timeoutMs / 1000} s: ${command}\n${stderr}`)
      await sleep(500)
    }
  }

  /** Brings a saved state back, with the memory and the disk of that moment. Its clock is set to this host's time. */
  async load(state: string): Promise<void> {
    await this.off()
    await plugIn(this.name)
    await startQemu(this.#image, this.name, state)
    await this.until(`date -s @${(Date.now() / 1000).toFixed(3)}`, bootMs)
  }

  /** Runs a command on it over SSH, as root; a string goes through bash. */
  run(command: string | readonly string[], options: Omit<ExecOptions, 'env' | 'cwd'> = {}): Promise<CommandResult> {
    const words = typeof command === 'string' ? ['bash', '-c', command] : command
    const [file = '', ...args] = this.sshCommand([words.map(quoted).join(' ')])
    return exec(file, args, options)
  }

  /** The command line that opens a shell on it, or runs words there. */
  sshCommand(words: readonly string[]): string[] {
    return inNetwork(['ssh', ...this.#sshArgs, this.ssh(), ...words])
  }

  async writeFile(file: string, content: string | Uint8Array): Promise<void> {
    await this.run(`mkdir -p ${quoted(dirname(file))} && cat > ${quoted(file)}`, { stdin: content })
  }

  /** Cuts its power. */
  async off(): Promise<void> {
    await killQemu(this.#image, this.name)
  }

  /** Cuts its power and removes its disk with the saved states. */
  async remove(): Promise<void> {
    await this.off()
    rmSync(filesOf(this.#image, this.name).dir, { recursive: true, force: true })
  }

  /** Runs commands of QEMU's monitor. */
  async control(...commands: readonly string[]): Promise<void> {
    await monitor(filesOf(this.#image, this.name).monitor, commands)
  }

  get #sshArgs(): string[] {
    const options = [`UserKnownHostsFile=${knownHosts}`, 'StrictHostKeyChecking=yes', 'BatchMode=yes']
    const patience = ['ConnectTimeout=20', 'ServerAliveInterval=30', 'LogLevel=ERROR']
    return ['-F', 'none', '-i', this.#key, ...[...options, ...patience].flatMap(option => ['-o', option])]
  }
}

/** Host keys of the machines, for ssh(1) and kadm. */
export const knownHosts = join(vmDir, 'known_hosts')

/** Saves machines that run as one state of that name; none of them goes on before all are saved. */
export async function saveTogether(all: readonly Machine[], state: string): Promise<void> {
  for (const machine of all) await machine.control('stop')
  for (const machine of all) await machine.control(`savevm ${state}`)
  for (const machine of all) await machine.control('cont')
}

/** Cuts the power of all machines and removes their network; disks and saved states stay. */
export async function stopAll(): Promise<void> {
  for (const image of imagesThere())
    for (const name of Object.keys(machines) as MachineName[]) await killQemu(image, name)
  await removeNetwork()
}

/** Removes all images, disks and saved states. */
export async function removeAll(): Promise<void> {
  await stopAll()
  rmSync(vmDir, { recursive: true, force: true })
}

function writeKnownHosts(image: BaseImage): void {
  const [type, key] = readFileSync(join(image.dir, 'host-key.pub'), 'utf8').split(' ')
  const lines = (Object.keys(machines) as MachineName[]).map(name => `${addressOf(name)} ${type} ${key}\n`)
  writeFileSync(knownHosts, lines.join(''))
}

const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`
