import type { HostReader } from './host.ts'

/** Returns the path that a link leads to; the path itself if it leads nowhere. */
export async function realPath(host: HostReader, path: string): Promise<string> {
  const { stdout } = await host.query(['readlink', '-f', '--', path])
  return stdout.replace(/\n$/, '') || path
}
