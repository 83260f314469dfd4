import { posix } from 'node:path'
import type { JsonObject } from '../../cluster/json.ts'
import type { ExternalEtcd, HostPathMount } from '../../cluster/spec.ts'

/** Directories that links in /etc/ssl/certs may point into; each is mounted where the host has it. */
export const extraCaDirs = [
  '/etc/pki/ca-trust',
  '/etc/pki/tls/certs',
  '/etc/ca-certificates',
  '/usr/share/ca-certificates',
  '/usr/local/share/ca-certificates',
] as const

const caDir = '/etc/ssl/certs'

/** A directory or file of the host, seen read-only under the same path. */
export function hostPath(name: string, path: string, pathType = 'DirectoryOrCreate'): HostPathMount {
  return { name, hostPath: path, mountPath: path, readOnly: true, pathType }
}

/** What a component needs to verify certificates of the outside world. */
export function caMounts(caDirs: readonly string[]): readonly HostPathMount[] {
  return [hostPath('ca-certs', caDir), ...caDirs.map(dir => hostPath(dir.slice(1).replaceAll('/', '-'), dir))]
}

/**
 * Directories of an external etcd's certificates that no other mount covers. A directory below another is left out;
 * kubeadm compares text and so loses `/etc/etcd2` beside `/etc/etcd`, which would leave the API server without its files.
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

/** Volumes by name: a later mount replaces an earlier one of the same name. Both lists are sorted by name. */
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
