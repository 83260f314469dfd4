import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { transform } from 'esbuild'
import { component } from '../components.ts'
import { exec } from '../exec.ts'
import { needPrograms } from '../host.ts'
import { imageNames } from '../images.ts'
import { imageTemplate } from '../imagestore.ts'
import { withLock } from '../lock.ts'
import { labSource } from '../paths.ts'
import { say, since } from '../progress.ts'
import { layer, suite } from '../rootfs.ts'
import { nodeSoftware } from '../versions.ts'
import { addressOf, gateway, hardware, type MachineName, machines, version, vmDir } from './settings.ts'

/** A stock machine's packages: Debian's kernel, the tools that kubelet, kube-proxy and kubeadm call, sshd. */
const packages = [
  ...['linux-image-cloud-amd64', 'initramfs-tools', 'zstd', 'systemd', 'systemd-sysv', 'udev', 'dbus', 'kmod'],
  ...['openssh-server', 'sudo', 'curl', 'ca-certificates', 'procps', 'iptables', 'nftables', 'iproute2', 'conntrack'],
  ...['ethtool', 'socat', 'util-linux', 'mount', 'iputils-ping'],
]

/** The disk that every machine starts from, and what boots it. Machines and their saved states are kept beside them. */
export interface BaseImage {
  dir: string
  disk: string
  kernel: string
  initrd: string
}

/** The key that opens every machine; made once. */
export async function sshKey(): Promise<string> {
  const key = join(vmDir, 'id_ed25519')
  await withLock('vm-key', async () => {
    mkdirSync(vmDir, { recursive: true, mode: 0o700 })
    if (!existsSync(key)) await exec('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'kadm-vm', '-f', key])
  })
  return key
}

/**
 * The image of Debian with its own kernel, containerd with the systemd cgroup driver, the kubelet and the images of
 * `version`; made when the cache does not have it. Images of other contents are removed with their machines' states.
 */
export async function baseImage(): Promise<BaseImage> {
  const name = `base-${await digest()}`
  const image = imageIn(name)
  if (existsSync(image.dir)) return image
  return withLock('vm-image', async () => {
    if (existsSync(image.dir)) return image
    const start = performance.now()
    await needPrograms('qemu-system-x86_64', 'qemu-img', 'debootstrap', 'mke2fs', 'ssh-keygen')
    for (const { dir } of imagesThere()) rmSync(dir, { recursive: true })
    const work = join(vmDir, 'work')
    rmSync(work, { recursive: true, force: true })
    mkdirSync(join(work, 'out'), { recursive: true })
    const root = join(work, 'root')
    await fillRoot(root)
    await makeDisk(root, join(work, 'out'))
    await rename(join(work, 'out'), image.dir)
    rmSync(work, { recursive: true })
    say(`the image of the virtual machines is ready (${since(start)})`)
    return image
  })
}

/** Images of the cache, of whatever contents. */
export function imagesThere(): BaseImage[] {
  const names = existsSync(vmDir) ? readdirSync(vmDir) : []
  return names.filter(name => name.startsWith('base-')).map(imageIn)
}

function imageIn(name: string): BaseImage {
  const dir = join(vmDir, name)
  return { dir, disk: join(dir, 'disk.img'), kernel: join(dir, 'kernel'), initrd: join(dir, 'initrd') }
}

/** What the image depends on. Comments in the sources do not count: saved states take long to make. */
async function digest(): Promise<string> {
  const files = await exec('sh', ['-c', 'find files vm/files -type f | sort | xargs cat'], { cwd: labSource })
  const sources = ['image.ts', 'settings.ts'].map(name => readFileSync(join(import.meta.dirname, name), 'utf8'))
  const code = await Promise.all(sources.map(text => transform(text, { loader: 'ts', minifyWhitespace: true })))
  const key = readFileSync(`${await sshKey()}.pub`, 'utf8')
  const parts = [files.stdout, ...code.map(one => one.code), key, ...imageNames([version]), suite]
  return createHash('sha256')
    .update([...parts, JSON.stringify(nodeSoftware)].join('\n'))
    .digest('hex')
    .slice(0, 12)
}

async function fillRoot(root: string): Promise<void> {
  const debian = await layer(`vm-debian-${suite}`, async dir => {
    say('making the Debian root of the virtual machines with debootstrap (usually 2 minutes)')
    await exec('debootstrap', ['--variant=minbase', `--include=${packages.join(',')}`, suite, dir])
    rmSync(join(dir, 'var/cache/apt/archives'), { recursive: true, force: true })
  })
  await exec('cp', ['-a', debian, root])
  for (const files of [join(labSource, 'files'), join(import.meta.dirname, 'files')])
    await exec('cp', ['-R', '--no-preserve=mode,ownership', `${files}/.`, root])
  await putPrograms(root)
  await putSettings(root)
  await exec('mkdir', ['-p', join(root, 'var/lib/containerd')])
  await exec('cp', ['-a', `${await imageTemplate([version])}/.`, join(root, 'var/lib/containerd')])
  await exec('unshare', ['--mount', 'sh', '-ec', inRoot, 'sh', root])
}

async function putPrograms(root: string): Promise<void> {
  const copies: readonly (readonly [string, string])[] = [
    [`${await component('containerd', nodeSoftware.containerd)}/.`, 'usr/local/bin'],
    [`${await component('runc', nodeSoftware.runc)}/.`, 'usr/local/sbin'],
    [`${await component('crictl', nodeSoftware.crictl)}/.`, 'usr/local/bin'],
    [`${await component('cni-plugins', nodeSoftware['cni-plugins'])}/.`, 'opt/cni/bin'],
    ...['hyperkube', 'kubelet', 'kubectl', 'kubeadm'].map(name => [name, 'usr/bin'] as const),
  ]
  const kubernetes = await component('kubernetes', version)
  for (const [from, to] of copies) {
    await exec('mkdir', ['-p', join(root, to)])
    await exec('cp', ['-a', from, join(root, to)], { cwd: kubernetes })
  }
}

/** Name, address and machine id come from the kernel's command line, so that one image serves every machine. */
async function putSettings(root: string): Promise<void> {
  const write = (file: string, text: string) => writeFileSync(join(root, file), text)
  const names = Object.keys(machines) as MachineName[]
  write('etc/hosts', ['127.0.0.1 localhost', ...names.map(name => `${addressOf(name)} ${name}`), ''].join('\n'))
  rmSync(join(root, 'etc/resolv.conf'), { force: true })
  // No server listens there, so a name outside /etc/hosts fails at once.
  write('etc/resolv.conf', `nameserver ${gateway}\n`)
  rmSync(join(root, 'etc/hostname'), { force: true })
  write('etc/machine-id', '')
  rmSync(join(root, 'etc/systemd/journald.conf.d'), { recursive: true })
  const containerd = join(root, 'etc/containerd/config.toml')
  const shared = readFileSync(containerd, 'utf8')
  writeFileSync(containerd, shared.replace('SystemdCgroup = false', 'SystemdCgroup = true'))
  for (const file of readdirSync(join(root, 'etc/ssh')).filter(name => name.startsWith('ssh_host_')))
    rmSync(join(root, 'etc/ssh', file))
  await exec('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(root, 'etc/ssh/ssh_host_ed25519_key')])
  write('etc/initramfs-tools/initramfs.conf', initramfs(readFileSync(join(root, 'etc/initramfs-tools/initramfs.conf'))))
  write('etc/initramfs-tools/modules', 'virtio_pci\nvirtio_blk\next4\n')
  const key = readFileSync(`${await sshKey()}.pub`, 'utf8')
  for (const home of ['root', 'home/ops']) {
    mkdirSync(join(root, home, '.ssh'), { recursive: true, mode: 0o700 })
    write(join(home, '.ssh/authorized_keys'), key)
  }
}

const initramfs = (text: Buffer) => text.toString().replace(/^MODULES=.*/m, 'MODULES=list')

/** Steps in the root, with mounts that end with this process. */
const inRoot = `
mount --make-rprivate /
for name in proc sys dev; do mount --rbind /$name "$1/$name"; done
mount -t tmpfs tmpfs "$1/run"
chmod 0440 "$1/etc/sudoers.d/ops"
chmod 0600 "$1/root/.ssh/authorized_keys" "$1/home/ops/.ssh/authorized_keys"
chroot "$1" sh -ec '
  useradd --shell /bin/bash ops
  chown -R ops:ops /home/ops
  mkdir -p /etc/cni/net.d /etc/kubernetes/manifests
  systemctl enable -q containerd kubelet systemd-networkd systemd-network-generator
  systemctl disable -q apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer
  update-initramfs -u -k all'
`

async function makeDisk(root: string, out: string): Promise<void> {
  const boot = readdirSync(join(root, 'boot'))
  for (const [prefix, to] of [
    ['vmlinuz-', 'kernel'],
    ['initrd.img-', 'initrd'],
  ] as const) {
    const file = boot.find(name => name.startsWith(prefix))
    if (file === undefined) throw new Error(`Debian's kernel package came without /boot/${prefix}*`)
    await exec('cp', [join(root, 'boot', file), join(out, to)])
  }
  await exec('cp', [join(root, 'etc/ssh/ssh_host_ed25519_key.pub'), join(out, 'host-key.pub')])
  rmSync(join(root, 'var/lib/apt/lists'), { recursive: true })
  const lazy = 'lazy_itable_init=1,lazy_journal_init=1'
  await exec('mke2fs', ['-q', '-t', 'ext4', '-L', 'root', '-E', lazy, '-d', root, join(out, 'disk.img'), hardware.disk])
}
