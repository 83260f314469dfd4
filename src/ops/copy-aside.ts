import { posix } from 'node:path'
import type { Host } from '../host/host.ts'
import { realDir } from '../host/real-dir.ts'
import { ensureDir } from './ensure-file.ts'

/**
 * Copies files and directories with all their content, owners and modes, following links, below a directory that only
 * root may enter: `/etc/kubernetes/pki` becomes `<directory>/etc/kubernetes/pki`. Returns those that exist and are not
 * empty.
 */
export async function copyAside(host: Host, folder: string, wanted: readonly string[]): Promise<readonly string[]> {
  const filled = await Promise.all(wanted.map(path => holdsSomething(host, path)))
  const copied = wanted.filter((_, i) => filled[i])
  const parents = [...new Set(copied.map(path => posix.dirname(path)))]
  if (parents.length > 0) await ensureDirs(host, folder)
  for (const parent of parents) {
    const target = posix.join(folder, parent)
    await ensureDirs(host, target)
    await host.exec(['cp', '-aH', '--', ...copied.filter(path => posix.dirname(path) === parent), target])
  }
  return copied
}

/** Creates the directory and all missing parents with mode 0700. */
async function ensureDirs(host: Host, folder: string): Promise<void> {
  if (folder === '/' || (await host.stat(folder)) !== undefined) return
  await ensureDirs(host, posix.dirname(folder))
  await ensureDir(host, folder, 0o700)
}

async function holdsSomething(host: Host, path: string): Promise<boolean> {
  const stat = await host.stat(path)
  if (stat === undefined) return false
  const dir = stat.kind === 'file' ? undefined : await realDir(host, path)
  return dir === undefined || (await host.list(dir)).length > 0
}
