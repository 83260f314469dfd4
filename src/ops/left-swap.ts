import { paths } from '../cluster/paths.ts'
import type { Host, HostReader } from '../host/host.ts'

/** Holds the earlier manifests of static pods while a run replaces them. */
export const swapDir = '/var/lib/kadm/swap'

/** POSIX shell: puts missing manifests of the directory `$1` back into `$2`, then removes `$1`. */
export const putBackScript = `
for file in "$1"/*.yaml; do
  name=\${file##*/}
  [ -e "$2/$name" ] || { cp -p "$file" "$2/.$name" && mv -f "$2/.$name" "$2/$name"; }
done
rm -rf "$1"`

/** True if a run that did not end took manifests out. */
export async function hasLeftSwap(host: HostReader): Promise<boolean> {
  return (await host.stat(swapDir)) !== undefined
}

/** Puts the manifests back that such a run took out. The process that does so on the host is gone after a power failure. */
export async function putBackLeftSwap(host: Host): Promise<void> {
  await host.exec(['sh', '-c', putBackScript, 'sh', swapDir, paths.manifestsDir])
}
