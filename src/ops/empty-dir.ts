import { posix } from 'node:path'
import type { Host } from '../host/host.ts'
import { mountsIn, namesIn } from '../host/names-in.ts'
import { realDir } from '../host/real-dir.ts'

/**
 * Removes the content of a directory in parallel. As in kubeadm, the directory stays, and so does a link to it. Files
 * that the file system creates at its root stay too, and so does a mount point, without its content. A missing directory
 * is not an error.
 */
export async function emptyDir(host: Host, path: string): Promise<void> {
  const dir = await realDir(host, path)
  if (dir === undefined) return
  const names = await namesIn(host, dir)
  const mounts = await mountsIn(host, dir, names)
  const remove = (name: string) => {
    const entry = posix.join(dir, name)
    return mounts.has(name) ? emptyDir(host, entry) : host.remove(entry)
  }
  await Promise.all(names.map(remove))
}

/** Removes files that exist, in parallel. */
export async function removeFiles(host: Host, paths: readonly string[]): Promise<void> {
  await Promise.all(paths.map(path => host.remove(path)))
}
