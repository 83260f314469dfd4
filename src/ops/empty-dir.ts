import { posix } from 'node:path'
import type { Host } from '../host/host.ts'

/** Removes what is in a directory, side by side; the directory stays, as with kubeadm. Nothing there is fine. */
export async function emptyDir(host: Host, dir: string): Promise<void> {
  if ((await host.stat(dir))?.kind !== 'dir') return
  const names = await host.list(dir)
  await Promise.all(names.map(name => host.remove(posix.join(dir, name))))
}

/** Removes files that exist, side by side. */
export async function removeFiles(host: Host, paths: readonly string[]): Promise<void> {
  await Promise.all(paths.map(path => host.remove(path)))
}
