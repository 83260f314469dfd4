import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** One mounted cgroup hierarchy: where it is, and the options that mount it again inside a node. */
export interface Hierarchy {
  mountPoint: string
  type: 'cgroup' | 'cgroup2'
  options: string
}

/** The host's cgroup hierarchies: several on cgroup v1 (hybrid included), exactly one on cgroup v2. */
export function hierarchies(): Hierarchy[] {
  const found: Hierarchy[] = []
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const [mount = '', filesystem = ''] = line.split(' - ')
    const mountPoint = mount.split(' ')[4] ?? ''
    const [type, , options = ''] = filesystem.split(' ')
    if (!mountPoint.startsWith('/sys/fs/cgroup') || found.some(one => one.mountPoint === mountPoint)) continue
    if (type === 'cgroup2') found.push({ mountPoint, type, options: '' })
    if (type === 'cgroup') {
      const named = options.split(',').filter(option => !['rw', 'ro', 'xattr', 'clone_children'].includes(option))
      const wanted = named.filter(option => !option.startsWith('release_agent='))
      found.push({
        mountPoint,
        type,
        options: wanted.some(one => one.startsWith('name=')) ? `none,${wanted}` : `${wanted}`,
      })
    }
  }
  if (found.length === 0)
    throw new Error('no cgroup hierarchy is mounted under /sys/fs/cgroup: containers cannot run here')
  return found
}

/** Makes the cgroup `name` at the top of every hierarchy; a node's processes go there. */
export function makeCgroup(name: string): void {
  for (const { mountPoint, type } of hierarchies()) {
    const dir = join(mountPoint, name)
    // On cgroup v2 a group only gets the controllers that its parent delegates. No host with v1 shows this.
    if (type === 'cgroup2' && mountPoint === '/sys/fs/cgroup') handDownControllers(mountPoint)
    mkdirSync(dir, { recursive: true })
    if (type === 'cgroup' && existsSync(join(dir, 'cpuset.cpus')))
      for (const file of ['cpuset.cpus', 'cpuset.mems'])
        writeFileSync(join(dir, file), readFileSync(join(mountPoint, file)))
  }
}

/** Ids, as this host sees them, of all processes in the cgroup `name` and below. */
export function cgroupProcesses(name: string): number[] {
  const pids = new Set<number>()
  for (const { mountPoint } of hierarchies())
    for (const dir of tree(join(mountPoint, name)))
      for (const pid of readLines(join(dir, 'cgroup.procs'))) pids.add(Number(pid))
  pids.delete(0) // a process of another pid namespace, which this cannot be
  return [...pids]
}

/** Removes the cgroup `name` with all below; false while the kernel still counts processes in it. */
export function removeCgroup(name: string): boolean {
  let removed = true
  for (const { mountPoint } of hierarchies())
    for (const dir of tree(join(mountPoint, name))) {
      try {
        rmdirSync(dir)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') removed = false
      }
    }
  return removed
}

function handDownControllers(root: string): void {
  for (const controller of readFileSync(join(root, 'cgroup.controllers'), 'utf8').trim().split(' ')) {
    try {
      writeFileSync(join(root, 'cgroup.subtree_control'), `+${controller}`)
    } catch {
      // not every controller can be delegated; the kubelet reports the one it misses
    }
  }
}

/** The directory and all below, deepest first; empty when it does not exist. */
function tree(dir: string): string[] {
  if (!existsSync(dir)) return []
  const below = readdirSync(dir, { withFileTypes: true }).filter(entry => entry.isDirectory())
  return [...below.flatMap(entry => tree(join(dir, entry.name))), dir]
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean)
  } catch {
    return []
  }
}
