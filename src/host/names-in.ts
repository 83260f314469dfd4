import { posix } from 'node:path'
import type { HostReader } from './host.ts'

/** Names that file systems create at their root: of file system checks and snapshots. */
export const keptByFileSystem: readonly string[] = ['lost+found', '.snapshot', '.zfs']

/** Returns the names in a directory, except those that the file system creates if the directory is its root. */
export async function namesIn(host: HostReader, dir: string): Promise<readonly string[]> {
  const names = await host.list(dir)
  const others = names.filter(name => !keptByFileSystem.includes(name))
  return others.length === names.length || !(await isMountPoint(host, dir)) ? names : others
}

async function isMountPoint(host: HostReader, dir: string): Promise<boolean> {
  const { stdout } = await host.query(['stat', '-c', '%d', dir, `${dir}/..`])
  const [own, above] = stdout.trim().split('\n')
  return above !== undefined && own !== above
}

/** Returns which of the entries of a directory are mount points. */
export async function mountsIn(host: HostReader, dir: string, names: readonly string[]): Promise<ReadonlySet<string>> {
  if (names.length === 0) return new Set()
  const { stdout } = await host.query(['stat', '-c', '%d %n', dir, ...names.map(name => posix.join(dir, name))])
  const devices = new Map(stdout.split('\n').map(line => [line.slice(line.indexOf(' ') + 1), line.split(' ')[0]]))
  const own = devices.get(dir)
  return new Set(names.filter(name => (devices.get(posix.join(dir, name)) ?? own) !== own))
}
