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

/**
 * Returns which of the directories in a directory are mount points. On an overlay of several file systems, files have
 * other devices than their directory.
 */
export async function mountsIn(host: HostReader, dir: string, names: readonly string[]): Promise<ReadonlySet<string>> {
  if (names.length === 0) return new Set()
  const { stdout } = await host.query(['stat', '-c', '%d|%F|%n', dir, ...names.map(name => posix.join(dir, name))])
  const found = stdout.split('\n').flatMap(line => {
    const [, device, path] = /^(\d+)\|directory\|(.+)$/.exec(line) ?? []
    return device === undefined || path === undefined ? [] : [[path, device] as const]
  })
  const devices = new Map(found)
  const own = devices.get(dir)
  return new Set(names.filter(name => (devices.get(posix.join(dir, name)) ?? own) !== own))
}
