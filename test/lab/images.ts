import { mkdirSync, symlinkSync } from 'node:fs'
import { link } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { component } from './components.ts'
import { exec } from './exec.ts'
import type { ImageSpec } from './oci.ts'
import { debianRoot } from './rootfs.ts'
import { companions, echoVersion, type KubernetesVersion, pauseVersion } from './versions.ts'

/** The test container: serves its host name on port 8080; `echo get URL` fetches a page from inside a pod. */
export const echoImage = `lab/echo:${echoVersion}`

const registry = 'registry.k8s.io'

/**
 * Names of the images of a node: those that `kubeadm config images list` of these versions prints, and the echo image.
 */
export function imageNames(versions: readonly KubernetesVersion[]): string[] {
  const names = versions.flatMap(version => {
    const { etcdTag, coredns, corednsTag = coredns, pause } = companions[version]
    return [
      ...['apiserver', 'controller-manager', 'scheduler', 'proxy'].map(part => `${registry}/kube-${part}:${version}`),
      `${registry}/etcd:${etcdTag}`,
      `${registry}/coredns/coredns:${corednsTag}`,
      `${registry}/pause:${pause}`,
    ]
  })
  return [...new Set([...names, echoImage])]
}

/** Creates the layers of all images under `workDir` and returns the parts of each image. */
export async function layOutImages(workDir: string, versions: readonly KubernetesVersion[]): Promise<ImageSpec[]> {
  const images: ImageSpec[] = []
  const network = await networkTools(join(workDir, 'network-tools'))
  for (const version of versions) {
    const { etcd, etcdTag, coredns, corednsTag = coredns } = companions[version]
    const kube = join(workDir, `kubernetes-${version}`)
    await put(join(await component('kubernetes', version), 'hyperkube'), kube, 'usr/local/bin/hyperkube')
    for (const part of ['apiserver', 'controller-manager', 'scheduler', 'proxy']) {
      symlinkSync('hyperkube', join(kube, 'usr/local/bin', `kube-${part}`))
      const name = `${registry}/kube-${part}:${version}`
      images.push({ name, layers: part === 'proxy' ? [network, kube] : [kube] })
    }
    const etcdLayer = join(workDir, `etcd-${etcdTag}`)
    await put(join(await component('etcd', etcd), 'etcd'), etcdLayer, 'usr/local/bin/etcd')
    await put(join(await component('etcdutl', etcd), 'etcdutl'), etcdLayer, 'usr/local/bin/etcdutl')
    images.push({ name: `${registry}/etcd:${etcdTag}`, layers: [etcdLayer] })
    const dns = join(workDir, `coredns-${corednsTag}`)
    await put(join(await component('coredns', coredns), 'coredns'), dns, 'coredns')
    images.push({ name: `${registry}/coredns/coredns:${corednsTag}`, layers: [dns], entrypoint: ['/coredns'] })
  }
  const pause = join(workDir, 'pause')
  await put(join(await component('pause', pauseVersion), 'pause'), pause, 'pause')
  images.push({ name: `${registry}/pause:${pauseVersion}`, layers: [pause], entrypoint: ['/pause'] })
  const echo = join(workDir, 'echo')
  await put(join(await component('echo', echoVersion), 'echo'), echo, 'usr/local/bin/echo')
  // Container runtimes store a name without a registry under this one.
  images.push({ name: `docker.io/${echoImage}`, layers: [echo], entrypoint: ['/usr/local/bin/echo'] })
  return images
}

/** Debian's iptables, nft, conntrack and shell with their libraries, which kube-proxy runs. */
async function networkTools(dir: string): Promise<string> {
  const debian = await debianRoot()
  mkdirSync(dir, { recursive: true })
  const script = `
    set -e
    programs='/usr/sbin/xtables-nft-multi /usr/sbin/xtables-legacy-multi /usr/sbin/nft /usr/sbin/conntrack /usr/bin/dash'
    plugins=$(dirname $(find /usr/lib -name libxt_comment.so))
    {
      echo /bin; echo /lib; echo /sbin; [ ! -e /lib64 ] || echo /lib64
      find /usr/sbin /etc/alternatives -name 'ip*tables*' -type l
      echo /usr/bin/sh
      for program in $programs; do echo $program; done
      find $plugins ! -type d
      ldd $programs $plugins/*.so | grep -o '/[^ )]*' | grep -v ':$' | sort -u | while read library; do
        readlink -f $library; [ ! -L $library ] || echo $library
      done
    } | sed -E 's#^/(bin|lib|lib64|sbin)/#/usr/\\1/#' | sort -u`
  const list = (await exec('chroot', [debian, '/bin/sh', '-c', script])).stdout
  const copy = 'tar -cf - -C "$1" --no-recursion --files-from=- | tar -xf - -C "$2"'
  const relative = list
    .split('\n')
    .filter(Boolean)
    .map(file => `.${file}`)
    .join('\n')
  await exec('sh', ['-c', copy, 'sh', debian, dir], { stdin: relative })
  mkdirSync(join(dir, 'run'), { recursive: true })
  return dir
}

async function put(from: string, layer: string, to: string): Promise<void> {
  mkdirSync(dirname(join(layer, to)), { recursive: true })
  await link(from, join(layer, to))
}
