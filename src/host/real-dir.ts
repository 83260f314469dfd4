import type { HostReader } from './host.ts'

/**
 * The directory that a path leads to, over whatever links on its way: so the kernel names what is mounted below.
 * undefined when it leads to none.
 */
export async function realDir(host: HostReader, path: string): Promise<string | undefined> {
  const found = await host.stat(path)
  if (found === undefined) return undefined
  const { code, stdout } = await host.query(['readlink', '-e', path])
  const target = stdout.replace(/\n$/, '')
  if (code !== 0 || target === '' || target === path) return found.kind === 'dir' ? path : undefined
  return (await host.stat(target))?.kind === 'dir' ? target : undefined
}
