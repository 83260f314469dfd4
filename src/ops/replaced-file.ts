import type { Host } from '../host/host.ts'
import { realPath } from '../host/real-path.ts'

/** Returns the file that a path leads to, with its mode; the given mode if it does not exist. */
export async function replacedFile(
  host: Host,
  path: string,
  mode: number,
): Promise<{ readonly path: string; readonly mode: number }> {
  const stat = await host.stat(path)
  if (stat?.kind !== 'link') return { path, mode: stat?.mode ?? mode }
  const file = await realPath(host, path)
  return { path: file, mode: (await host.stat(file))?.mode ?? mode }
}
