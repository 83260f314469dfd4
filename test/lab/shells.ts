import { mkdirSync, rmSync, statSync } from 'node:fs'
import { exec } from './exec.ts'
import { debianRoot, digest, layer } from './rootfs.ts'

const packages = ['zsh', 'fish', 'bash-completion', 'man-db', 'groff', 'mandoc', 'rpm']

/** A directory or file of this host, and where it is shown. */
interface Shown {
  readonly from: string
  readonly to: string
}

/** Debian with the shells, the readers of man pages and rpm; nothing boots in it. Created once, in about 10 s. */
export async function shellsLayers(): Promise<readonly string[]> {
  const debian = await debianRoot()
  const shells = await layer(`shells-${digest([debian, ...packages])}`, async dir => {
    const work = `${dir}.work`
    rmSync(work, { recursive: true, force: true })
    mkdirSync(work)
    const install = ['apt-get', 'install', '-y', '-q', '--no-install-recommends', ...packages]
    const script = [
      'set -e',
      'mkdir "$1.work/root" "$1.work/overlay"',
      'mount -t overlay overlay -o "lowerdir=$2,upperdir=$1,workdir=$1.work/overlay" "$1.work/root"',
      'mount -t proc proc "$1.work/root/proc"',
      'cat /etc/resolv.conf >"$1.work/root/etc/resolv.conf"',
      'root=$1.work/root; shift 2',
      'DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"',
      'chroot "$root" apt-get clean',
      'umount "$root/proc" "$root"',
    ].join('\n')
    await exec('unshare', ['--mount', 'sh', '-c', script, 'sh', dir, debian, ...install])
    rmSync(work, { recursive: true })
  })
  return [shells, debian]
}

/** Returns the command line that runs `argv` in a temporary copy of these layers. */
export function inLayers(layers: readonly string[], shown: readonly Shown[], argv: readonly string[]): string[] {
  const script = [
    'set -e',
    'mount -t tmpfs tmpfs /mnt; mkdir /mnt/root /mnt/upper /mnt/work',
    'mount -t overlay overlay -o "lowerdir=$1,upperdir=/mnt/upper,workdir=/mnt/work" /mnt/root',
    'mount -t proc proc /mnt/root/proc; mount --rbind /dev /mnt/root/dev; shift',
    ...shown.map(({ from, to }) =>
      statSync(from).isDirectory()
        ? `mkdir -p '/mnt/root${to}'; mount --bind '${from}' '/mnt/root${to}'`
        : `touch '/mnt/root${to}'; mount --bind '${from}' '/mnt/root${to}'`,
    ),
    'exec env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=xterm LANG=C.UTF-8 chroot /mnt/root "$@"',
  ].join('\n')
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child']
  return ['unshare', ...namespaces, 'sh', '-c', script, 'sh', layers.join(':'), ...argv]
}
