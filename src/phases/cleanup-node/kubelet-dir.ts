import { posix } from 'node:path'
import { paths } from '../../cluster/paths.ts'
import type { ResetRequest } from '../../cluster/request.ts'
import { realDir } from '../../host/real-dir.ts'
import type { KubeletPaths } from '../../observe/machine/kubelet-paths.ts'
import { emptyDir, removeFiles } from '../../ops/empty-dir.ts'
import { unmountBelow } from '../../ops/unmount.ts'
import type { PhaseContext } from '../phase.ts'

/** Unmounts the volumes of the pods and empties the directory of the kubelet. The directory can be a link. */
export async function cleanKubeletDir({ host, request }: PhaseContext<ResetRequest>): Promise<void> {
  const dir = await realDir(host, paths.kubeletDir)
  if (dir === undefined) return
  await unmountBelow(host, dir, request.unmountFlags)
  await emptyDir(host, dir)
}

/** Names that a kubelet creates in its root directory. */
const madeInRoot = new Set([
  ...['pods', 'plugins', 'plugins_registry', 'pod-resources', 'device-plugins', 'checkpoints', 'image_manager'],
  ...['pods-api', 'cpu_manager_state', 'memory_manager_state', 'dra_manager_state', 'kubelet_config', 'userns'],
  ...['allocated_pods_state', 'actuated_pods_state', '.kubelet-keep', 'pki'],
])

/** Certificates that a kubelet requests or creates. */
const certificate = /^kubelet(-client|-server)?(-current|-\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)?\.(pem|crt|key)$/

/**
 * Cleans other directories that kubelet flags name. Other programs may use them too: what a kubelet creates there is
 * removed, and the rest is reported.
 */
export async function cleanOtherDirs(
  ctx: PhaseContext<ResetRequest>,
  { rootDirs, certDirs, podDirs, files }: KubeletPaths,
) {
  for (const path of rootDirs) {
    const dir = await realDir(ctx.host, path)
    if (dir === undefined) continue
    for (const volumes of ['pods', 'plugins']) {
      await unmountBelow(ctx.host, posix.join(dir, volumes), ctx.request.unmountFlags)
    }
    await removeMade(ctx, dir, name => madeInRoot.has(name), 'in the root directory of the kubelet')
  }
  for (const dir of certDirs)
    await removeMade(ctx, dir, name => certificate.test(name), 'next to the kubelet certificates')
  for (const dir of podDirs) await removeMade(ctx, dir, () => false, 'a static pod of the kubelet')
  for (const path of files)
    if ((await ctx.host.stat(path)) !== undefined) warn(ctx, path, 'named by a flag of the kubelet')
}

async function removeMade(ctx: PhaseContext, dir: string, isMade: (name: string) => boolean, why: string) {
  if ((await realDir(ctx.host, dir)) === undefined) return
  const names = await ctx.host.list(dir)
  await removeFiles(
    ctx.host,
    names.filter(isMade).map(name => posix.join(dir, name)),
  )
  for (const name of names.filter(name => !isMade(name))) warn(ctx, posix.join(dir, name), why)
}

function warn({ report }: PhaseContext, path: string, why: string): void {
  report({ kind: 'result', key: 'stays', value: `${path}: ${why}, not written by kubeadm or kadm` })
}
