import { type InstalledBinaries, nodeBinaries } from '../../cluster/binary-source.ts'
import type { Argv, Host, Outcome } from '../../host/host.ts'
import { ensureDir } from '../ensure-file.ts'
import { replacedDirectory, type Staged } from './staged.ts'

/**
 * Replaces the kubelet, and kubectl and kubeadm if the node has them, by the staged ones. Keeps the replaced files for
 * `restoreReplaced`. Each file is replaced by a rename, so that a running kubelet is not disturbed. Does nothing for a
 * file that is already there. The kubelet needs a restart afterwards.
 */
export async function installStaged(
  host: Host,
  { directory, names, version }: Staged,
  installed: InstalledBinaries,
  outcome: Outcome,
): Promise<void> {
  const replaced = names.flatMap(name => {
    const path = installed.get(name)
    return path === undefined ? [] : [`${directory}/${name}`, path]
  })
  await ensureDir(host, replacedDirectory, 0o700)
  const argv: Argv = ['sh', '-c', replaceScript, 'sh', replacedDirectory, ...replaced]
  await host.exec(argv, { what: `installing the binaries of ${version}`, outcome })
}

/** Puts back the binaries that the last `installStaged` replaced. The kubelet needs a restart afterwards. Returns
 * false if there are none. */
export async function restoreReplaced(host: Host, installed: InstalledBinaries): Promise<boolean> {
  const kept = await host.list(replacedDirectory)
  const back = nodeBinaries.flatMap(name => {
    const path = installed.get(name)
    return path === undefined || !kept.includes(name) ? [] : [`${replacedDirectory}/${name}`, path]
  })
  if (back.length === 0) return false
  await host.exec(['sh', '-c', replaceScript, 'sh', '', ...back], { what: 'restoring the replaced binaries' })
  return true
}

/** A directory for the replaced files, or an empty word; then pairs of a new file and the path that it replaces. */
const replaceScript = `set -e
keep=$1
shift
while [ $# -gt 0 ]; do
  cmp -s -- "$1" "$2" || {
    [ -z "$keep" ] || { cp -a -- "$2" "$keep/partial"; mv -f -- "$keep/partial" "$keep/\${1##*/}"; }
    temp=\${2%/*}/.kadm-binary
    cp -- "$1" "$temp"
    chown --reference="$2" -- "$temp"
    chmod --reference="$2" -- "$temp"
    sync -- "$temp"
    mv -fT -- "$temp" "$2"
  }
  shift 2
done`
