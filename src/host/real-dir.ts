import type { HostReader } from './host.ts'

/**
 * Returns the directory that a path leads to with all links resolved, as the kernel names mounts below it; undefined if
 * it is not a directory.
 */
export async function realDir(host: HostReader, path: string): Promise<string | undefined> {
  const found = await host.stat(path)
  if (found === undefined) return undefined
  const { code, stdout } = await host.query(['readlink', '-e', path])
  const target = stdout.replace(/\n$/, '')
  if (code !== 0 || target === '' || target === path) return found.kind === 'dir' ? path : undefined
  return (await host.stat(target))?.kind === 'dir' ? target : undefined
}
