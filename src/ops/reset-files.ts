import { posix } from 'node:path'
import { renewalDir } from '../cluster/csr-request.ts'
import { certificateFiles } from '../cluster/node-files.ts'
import { paths } from '../cluster/paths.ts'
import { rotationsDir } from '../cluster/rotation.ts'
import type { Host, HostReader } from '../host/host.ts'
import { realDir } from '../host/real-dir.ts'
import { emptyDir, removeFiles } from './empty-dir.ts'

/** The name of a file left by a write that was killed. It may hold keys. */
const temporary = /^\.kadm-[0-9a-f]{16}$/

/** Returns files that a killed write of kadm left next to the kubeconfigs. */
export async function leftTemporaries(host: HostReader): Promise<readonly string[]> {
  const names = await host.list(paths.kubernetesDir)
  return names.filter(name => temporary.test(name)).map(name => posix.join(paths.kubernetesDir, name))
}

/**
 * Cleans the certificates directory. As in kubeadm, removes all content of the default directory; elsewhere only the
 * files of a cluster, because the directory may contain files of the user. Returns the names of other files that were
 * removed or kept.
 */
export async function removeCertificates(
  host: Host,
  dir: string,
): Promise<{ readonly gone: readonly string[]; readonly kept: readonly string[] }> {
  const files = certificateFiles(dir)
  const requests = files.filter(path => path.endsWith('.key')).map(path => path.replace(/key$/, 'csr'))
  const known = new Set([...files, ...requests, renewalDir(dir), rotationsDir(dir)])
  const others = (await filesIn(host, dir)).filter(path => !known.has(path) && !temporary.test(posix.basename(path)))
  if (dir === paths.defaultCertificatesDir) {
    await emptyDir(host, dir)
    return { gone: others, kept: [] }
  }
  await removeFiles(host, [...known])
  const etcd = posix.join(dir, 'etcd')
  if ((await realDir(host, etcd)) === etcd && (await host.list(etcd)).length === 0) await host.remove(etcd)
  return { gone: [], kept: others }
}

/** Returns the files in a certificates directory and in its subdirectory `etcd`. */
async function filesIn(host: HostReader, dir: string): Promise<readonly string[]> {
  if ((await realDir(host, dir)) === undefined) return []
  const names = await host.list(dir)
  const etcd = names.includes('etcd') ? await host.list(posix.join(dir, 'etcd')) : []
  return [...names.filter(name => name !== 'etcd'), ...etcd.map(name => `etcd/${name}`)].map(name =>
    posix.join(dir, name),
  )
}
