import { component } from './components.ts'
import { needPrograms, requireRoot } from './host.ts'
import { imageTemplate } from './imagestore.ts'
import { say, since } from './progress.ts'
import { debianRoot, nodeLayers } from './rootfs.ts'
import { companions, echoVersion, kubernetesVersions, nodeSoftware, pauseVersion } from './versions.ts'

/**
 * Makes all that nodes need and the cache does not have: about 2 minutes with a kit, 20 to 25 without.
 * Starting a node does the same, so this only chooses the time.
 */
export async function prepare(): Promise<void> {
  requireRoot()
  await needPrograms('ip', 'ssh-keygen', 'nsenter')
  const start = performance.now()
  await Promise.all([debianRoot(), components()])
  for (const version of kubernetesVersions) await nodeLayers(version)
  await imageTemplate()
  say(`everything is ready (${since(start)})`)
}

/** One after the other: a single build keeps all cores busy. */
async function components(): Promise<void> {
  for (const version of kubernetesVersions) {
    await component('kubernetes', version)
    await component('etcd', companions[version].etcd)
    await component('coredns', companions[version].coredns)
  }
  await component('containerd', nodeSoftware.containerd)
  await component('runc', nodeSoftware.runc)
  await component('crictl', nodeSoftware.crictl)
  await component('cni-plugins', nodeSoftware['cni-plugins'])
  await component('pause', pauseVersion)
  await component('echo', echoVersion)
}
