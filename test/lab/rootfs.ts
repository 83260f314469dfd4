import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { link, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { component } from './components.ts'
import { exec } from './exec.ts'
import { hasSysResource, needPrograms } from './host.ts'
import { withLock } from './lock.ts'
import { cacheDir, labSource } from './paths.ts'
import { say, since } from './progress.ts'
import { companions, type KubernetesVersion, nodeSoftware } from './versions.ts'

/** The release of Debian that nodes and virtual machines are made of. */
export const suite = 'bookworm'
const packages = [
  ...['systemd', 'systemd-sysv', 'dbus', 'openssh-server', 'sudo', 'curl', 'ca-certificates', 'procps', 'kmod'],
  ...['iptables', 'nftables', 'iproute2', 'conntrack', 'ethtool', 'socat', 'util-linux'],
]

/** Services that would only delay a node's boot, or that would use the host's own devices and settings. */
const masked = [
  ...[
    'systemd-udevd.service',
    'systemd-udev-trigger.service',
    'systemd-modules-load.service',
    'systemd-sysctl.service',
  ],
  ...[
    'systemd-logind.service',
    'systemd-timesyncd.service',
    'systemd-random-seed.service',
    'systemd-firstboot.service',
  ],
  ...['apt-daily.timer', 'apt-daily-upgrade.timer', 'dpkg-db-backup.timer', 'e2scrub_all.timer', 'fstrim.timer'],
  ...['e2scrub_reap.service', 'getty.target', 'console-getty.service', 'sys-kernel-debug.mount', 'dev-hugepages.mount'],
  ...['sys-kernel-config.mount', 'sys-kernel-tracing.mount', 'sys-fs-fuse-connections.mount', 'dev-mqueue.mount'],
  ...['proc-sys-fs-binfmt_misc.automount', 'systemd-update-utmp.service', 'modprobe@.service', 'hwclock.service'],
]

/** The Debian root of every node; read only after it is created. */
export async function debianRoot(): Promise<string> {
  return layer(`debian-${digest([suite, ...packages])}`, async dir => {
    await needPrograms('debootstrap')
    say('making the Debian root with debootstrap (usually 95 s)')
    await exec('debootstrap', ['--variant=minbase', `--include=${packages.join(',')}`, suite, dir])
    rmSync(join(dir, 'var/cache/apt/archives'), { recursive: true, force: true })
  })
}

/**
 * The layer that every node has in addition to Debian: container runtime, CNI plugins, units, users, Node.js, real
 * kubeadms.
 */
async function baseLayer(versions: readonly KubernetesVersion[]): Promise<string> {
  const debian = await debianRoot()
  const [containerd, runc, crictl, cni] = [
    await component('containerd', nodeSoftware.containerd),
    await component('runc', nodeSoftware.runc),
    await component('crictl', nodeSoftware.crictl),
    await component('cni-plugins', nodeSoftware['cni-plugins']),
  ]
  const files = (await exec('sh', ['-c', 'find . -type f | sort | xargs cat', 'sh'], { cwd: join(labSource, 'files') }))
    .stdout
  const source = readFileSync(join(labSource, 'rootfs.ts'), 'utf8')
  const key = digest([debian, files, source, JSON.stringify([nodeSoftware, versions])])
  return layer(`base-${key}`, async dir => {
    await exec('cp', ['-R', '--no-preserve=mode,ownership', `${join(labSource, 'files')}/.`, dir])
    for (const binary of ['containerd', 'containerd-shim-runc-v2', 'ctr'])
      await place(join(containerd, binary), dir, `usr/local/bin/${binary}`)
    await place(join(runc, 'runc'), dir, 'usr/local/sbin/runc')
    await place(join(crictl, 'crictl'), dir, 'usr/local/bin/crictl')
    for (const plugin of ['bridge', 'firewall', 'host-local', 'loopback', 'portmap', 'ptp'])
      await place(join(cni, plugin), dir, `opt/cni/bin/${plugin}`)
    mkdirSync(join(dir, 'usr/local/bin'), { recursive: true })
    for (const version of versions) {
      const binaries = await component('kubernetes', version)
      const etcd = await component('etcd', companions[version].etcd)
      for (const program of ['kubeadm', 'kubelet', 'kubectl'])
        await place(join(binaries, 'hyperkube'), dir, `opt/oracle/${version}/${program}`)
      for (const program of ['etcdctl', 'etcdutl'])
        if (existsSync(join(etcd, program))) await place(join(etcd, program), dir, `opt/oracle/${version}/${program}`)
    }
    await users(debian, dir)
    units(dir)
    const config = join(dir, 'etc/containerd/config.toml')
    const oom = `restrict_oom_score_adj = ${!hasSysResource()}`
    writeFileSync(config, readFileSync(config, 'utf8').replace(/restrict_oom_score_adj = \w+/, oom))
    chmodSync(join(dir, 'etc/sudoers.d/ops'), 0o440)
    for (const empty of ['etc/cni/net.d', 'etc/kubernetes', 'opt/kadm', 'var/lib/etcd'])
      mkdirSync(join(dir, empty), { recursive: true })
    rmSync(join(dir, 'var/lib/etcd'), { recursive: true }) // kubeadm's preflight wants it empty or absent
  })
}

/** The thin layer with kubelet, kubectl and kubeadm of one version in /usr/bin, as after a package installation. */
async function kubernetesLayer(version: KubernetesVersion): Promise<string> {
  const binaries = await component('kubernetes', version)
  return layer(`kubernetes-${version}`, async dir => {
    for (const program of ['kubeadm', 'kubectl', 'kubelet'])
      await place(join(binaries, 'hyperkube'), dir, `usr/bin/${program}`)
  })
}

/**
 * Lower directories of a node's overlay, topmost first.
 * @param versions of the real kubeadms that the node has.
 */
export async function nodeLayers(
  version: KubernetesVersion,
  versions: readonly KubernetesVersion[],
): Promise<string[]> {
  return [await kubernetesLayer(version), await baseLayer(versions), await debianRoot()]
}

/** A directory of the cache that is filled once; `fill` receives an empty one. */
export async function layer(name: string, fill: (dir: string) => Promise<void>): Promise<string> {
  const dir = join(cacheDir, 'layers', name)
  if (existsSync(dir)) return dir
  return withLock(`layer-${name}`, async () => {
    if (existsSync(dir)) return dir
    const start = performance.now()
    const temp = join(cacheDir, 'tmp', name)
    rmSync(temp, { recursive: true, force: true })
    mkdirSync(temp, { recursive: true })
    await fill(temp)
    mkdirSync(dirname(dir), { recursive: true })
    await rename(temp, dir)
    say(`layer ${name} is ready (${since(start)})`)
    return dir
  })
}

/** Hard-links a component's binary into a layer, so that all nodes share its memory. */
async function place(from: string, layerDir: string, to: string): Promise<void> {
  mkdirSync(dirname(join(layerDir, to)), { recursive: true })
  await link(from, join(layerDir, to))
}

async function users(debian: string, dir: string): Promise<void> {
  for (const file of ['passwd', 'group', 'shadow', 'gshadow', 'subuid', 'subgid']) {
    if (!existsSync(join(debian, 'etc', file))) continue
    mkdirSync(join(dir, 'etc'), { recursive: true })
    await exec('cp', ['-p', join(debian, 'etc', file), join(dir, 'etc', file)])
  }
  const [ops, guest] = [1000, 1001]
  for (const [name, id] of [
    ['ops', ops],
    ['guest', guest],
  ] as const) {
    append(dir, 'etc/passwd', `${name}:x:${id}:${id}::/home/${name}:/bin/bash`)
    append(dir, 'etc/group', `${name}:x:${id}:`)
    append(dir, 'etc/shadow', `${name}:*:19000:0:99999:7:::`)
    append(dir, 'etc/gshadow', `${name}:!::`)
    mkdirSync(join(dir, 'home', name, '.ssh'), { recursive: true, mode: 0o700 })
    await exec('chown', ['-R', `${id}:${id}`, join(dir, 'home', name)])
  }
}

function append(dir: string, file: string, line: string): void {
  writeFileSync(join(dir, file), `${line}\n`, { flag: 'a' })
}

function units(dir: string): void {
  const system = join(dir, 'etc/systemd/system')
  mkdirSync(join(system, 'multi-user.target.wants'), { recursive: true })
  for (const unit of masked) symlinkSync('/dev/null', join(system, unit))
  for (const unit of ['containerd.service', 'kubelet.service'])
    symlinkSync(`/lib/systemd/system/${unit}`, join(system, 'multi-user.target.wants', unit))
  symlinkSync('/lib/systemd/system/multi-user.target', join(system, 'default.target'))
}

/** A short name for what a layer is made from. */
export function digest(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 12)
}
