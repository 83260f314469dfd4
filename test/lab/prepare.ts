import { component } from './components.ts'
import { needPrograms, requireRoot } from './host.ts'
import { imageTemplate } from './imagestore.ts'
import { say, since } from './progress.ts'
import { debianRoot, nodeLayers } from './rootfs.ts'
import {
  companions,
  echoVersion,
  type KubernetesVersion,
  nodeSoftware,
  pauseVersion,
  verifyVersion,
} from './versions.ts'

/**
 * Creates everything that nodes of these Kubernetes versions need and the cache does not have: minutes with a kit,
 * otherwise the build time of the components. Starting a node does the same, so that this only selects the time.
 */
export async function prepare(versions: readonly KubernetesVersion[]): Promise<void> {
  requireRoot()
  await needPrograms('ip', 'ssh-keygen', 'nsenter')
  const start = performance.now()
  await Promise.all([debianRoot(), kubernetes(versions), others(versions)])
  for (const version of versions) await nodeLayers(version, versions)
  await imageTemplate(versions)
  say(`everything is ready (${since(start)})`)
}

/**
 * In parallel with the other components: one build waits for downloads and links on one core while the other compiles.
 */
async function kubernetes(versions: readonly KubernetesVersion[]): Promise<void> {
  for (const version of versions) await component('kubernetes', version)
}

async function others(versions: readonly KubernetesVersion[]): Promise<void> {
  for (const version of versions) {
    await component('etcd', companions[version].etcd)
    await component('etcdutl', companions[version].etcd)
    await component('coredns', companions[version].coredns)
  }
  await component('containerd', nodeSoftware.containerd)
  await component('runc', nodeSoftware.runc)
  await component('crictl', nodeSoftware.crictl)
  await component('cni-plugins', nodeSoftware['cni-plugins'])
  await component('pause', pauseVersion)
  await component('echo', echoVersion)
  await component('verify', verifyVersion)
}
