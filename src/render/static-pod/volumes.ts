import { posix } from 'node:path'
import type { JsonObject } from '../../cluster/json.ts'
import type { ExternalEtcd, HostPathMount } from '../../cluster/spec.ts'

/** Directories that links in /etc/ssl/certs can point to; each is mounted if it exists on the host. */
export const extraCaDirs = [
  '/etc/pki/ca-trust',
  '/etc/pki/tls/certs',
  '/etc/ca-certificates',
  '/usr/share/ca-certificates',
  '/usr/local/share/ca-certificates',
] as const

const caDir = '/etc/ssl/certs'

/** Returns a read-only mount of a directory or file of the host under the same path. */
export function hostPath(name: string, path: string, pathType = 'DirectoryOrCreate'): HostPathMount {
  return { name, hostPath: path, mountPath: path, readOnly: true, pathType }
}

/** Returns the mounts with which a component verifies certificates of external servers. */
export function caMounts(caDirs: readonly string[]): readonly HostPathMount[] {
  return [hostPath('ca-certs', caDir), ...caDirs.map(dir => hostPath(dir.slice(1).replaceAll('/', '-'), dir))]
}

/**
 * Returns certificate directories of an external etcd that no other mount covers. A directory inside another is left
 * out; kubeadm compares text and so loses `/etc/etcd2` if `/etc/etcd` is mounted, which leaves the API server without
 * its files.
 */
export function etcdCertMounts(external: ExternalEtcd, certificatesDir: string): readonly HostPathMount[] {
  const covered = [certificatesDir, caDir, ...extraCaDirs]
  const files = [external.caFile, external.certFile, external.keyFile].filter(file => file !== undefined && file !== '')
  const dirs = [...new Set(files.map(file => posix.dirname(posix.normalize(file ?? ''))))]
  return dirs
    .filter(dir => !covered.some(other => isWithin(dir, other)))
    .filter(dir => !dirs.some(other => other !== dir && isWithin(dir, other)))
    .sort()
    .map((dir, index) => hostPath(`etcd-certs-${index}`, dir))
}

/** Renders volumes by name, sorted: a later mount replaces an earlier one with the same name. */
export function renderVolumes(mounts: readonly HostPathMount[]): { volumes: JsonObject[]; volumeMounts: JsonObject[] } {
  const byName = new Map(mounts.map(mount => [mount.name, mount]))
  const sorted = [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  return { volumes: sorted.map(renderVolume), volumeMounts: sorted.map(renderVolumeMount) }
}

/** An unset path type is written as the empty string. */
function renderVolume(mount: HostPathMount): JsonObject {
  return { hostPath: { path: mount.hostPath, type: mount.pathType ?? '' }, name: mount.name }
}

export function renderVolumeMount(mount: HostPathMount): JsonObject {
  return { mountPath: mount.mountPath, name: mount.name, readOnly: mount.readOnly ? true : undefined }
}

function isWithin(dir: string, other: string): boolean {
  const base = posix.normalize(other).replace(/\/$/, '')
  return dir === base || dir.startsWith(`${base}/`)
}
