import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { exec } from './exec.ts'
import { withLock } from './lock.ts'
import { say } from './progress.ts'

/** Throws if this process cannot create namespaces, mounts and network interfaces. */
export function requireRoot(): void {
  if (process.platform !== 'linux') throw new Error('the lab needs Linux')
  if (process.getuid?.() !== 0)
    throw new Error('the lab needs root: it makes namespaces, mounts and network interfaces')
}

const aptPackages: Record<string, string> = {
  ip: 'iproute2',
  debootstrap: 'debootstrap',
  'qemu-system-x86_64': 'qemu-system-x86',
  'qemu-img': 'qemu-utils',
  mke2fs: 'e2fsprogs',
  xz: 'xz-utils',
  gcc: 'gcc',
  'ssh-keygen': 'openssh-client',
  nsenter: 'util-linux',
  tar: 'tar',
  'pkg-config': 'pkg-config',
}

/** Installs the missing Debian packages of these programs with apt-get. */
export async function needPrograms(...programs: (keyof typeof aptPackages)[]): Promise<void> {
  const missing = programs.filter(program => !onPath(program)).map(program => aptPackages[program] ?? program)
  await aptInstall(missing)
}

/** Installs Debian packages; does nothing for an empty list. */
export async function aptInstall(packages: readonly string[]): Promise<void> {
  if (packages.length === 0) return
  if (!onPath('apt-get')) throw new Error(`this host lacks ${packages.join(', ')} and has no apt-get to install them`)
  say(`installing ${packages.join(' ')} with apt-get (10-30 s)`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await withLock('apt', async () => {
    await exec('apt-get', ['update', '-q'], { env, check: false })
    await exec('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], { env })
  })
}

/** True when the program is in one of PATH's directories. */
function onPath(program: string): boolean {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin']
  return folders.some(folder => folder && existsSync(`${folder}/${program}`))
}

/** This host's architecture as Go and container images call it. */
export const goArch = process.arch === 'x64' ? 'amd64' : process.arch

/** True if this process can raise limits and lower OOM scores, on which settings of containers depend. */
export function hasSysResource(): boolean {
  const mask = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'
  return ((BigInt(`0x${mask}`) >> 24n) & 1n) === 1n
}

/** Start time of a process in clock ticks after boot; undefined if the process does not exist. */
export function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

/** Mount points of this process, in the order they were made. */
export function mountPoints(): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter(Boolean)
    .map(line =>
      (line.split(' ')[4] ?? '').replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))),
    )
}

/** Child process IDs of a process; empty if it has none or does not exist. */
export function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap(task =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    )
  } catch {
    return []
  }
}
