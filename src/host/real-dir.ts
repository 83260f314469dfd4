import type { HostReader } from './host.ts'

/** The directory that a path is, or that a link there leads to; undefined when it is none. */
export async function realDir(host: HostReader, path: string): Promise<string | undefined> {
  const found = await host.stat(path)
  if (found?.kind !== 'link') return found?.kind === 'dir' ? path : undefined
  const { code, stdout } = await host.query(['readlink', '-e', '--', path])
  const target = stdout.replace(/\n$/, '')
  if (code !== 0 || target === '') return undefined
  return (await host.stat(target))?.kind === 'dir' ? target : undefined
}
