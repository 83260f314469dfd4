import { posix } from 'node:path'
import type { Host } from '../host/host.ts'
import { namesIn } from '../host/names-in.ts'
import { realDir } from '../host/real-dir.ts'

/**
 * Removes what is in a directory, side by side; the directory stays, and so does a link that leads to it, as with kubeadm.
 * What a file system keeps at its root stays, too. Nothing there is fine.
 */
export async function emptyDir(host: Host, path: string): Promise<void> {
  const dir = await realDir(host, path)
  if (dir === undefined) return
  const names = await namesIn(host, dir)
  await Promise.all(names.map(name => host.remove(posix.join(dir, name))))
}

/** Removes files that exist, side by side. */
export async function removeFiles(host: Host, paths: readonly string[]): Promise<void> {
  await Promise.all(paths.map(path => host.remove(path)))
}
