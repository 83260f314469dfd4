import type { ResetRequest } from '../../cluster/request.ts'
import { readOwnEtcd } from '../../observe/etcd/own-etcd.ts'
import { readKubeletPaths } from '../../observe/machine/kubelet-paths.ts'
import { ensureStopped } from '../../ops/service.ts'
import type { Phase } from '../phase.ts'
import { removeData } from './data.ts'
import { removeFilesOfNode } from './files.ts'
import { cleanKubeletDir, cleanOtherDirs } from './kubelet-dir.ts'
import { removePods } from './pods.ts'
import { requireStandstill } from './standstill.ts'
import { reportWritten } from './written.ts'

/**
 * Stops Kubernetes on the host and removes what init and join wrote. No file is removed while a process still uses it.
 * The files that identify the node are removed last.
 */
export const cleanupNode: Phase<ResetRequest> = {
  id: 'cleanup-node',
  title: 'Stop the kubelet and its pods; remove their files',
  about:
    "Stops the kubelet and removes its pods; when none of them runs any more, unmounts their volumes and removes the node's files and the data of etcd.",
  flags: ['cert-dir', 'cleanup-tmp-dir', 'cri-socket'],
  needs: ['criSocket'],
  async run(ctx) {
    const own = await readOwnEtcd(ctx.host, ctx.cluster, ctx.node, ctx.request)
    const elsewhere = await readKubeletPaths(ctx.host)
    if (!(await ensureStopped(ctx.host, 'kubelet'))) {
      ctx.report({ kind: 'warning', text: 'systemd has no kubelet unit: check that no kubelet is running' })
    }
    await requireStandstill(ctx, await removePods(ctx))
    // The kubelet creates this unit with the cgroup driver systemd. It holds the empty cgroups of the pods.
    await ensureStopped(ctx.host, 'kubepods.slice')
    await reportWritten(ctx, own)
    await cleanKubeletDir(ctx)
    await cleanOtherDirs(ctx, elsewhere)
    if (own?.dataDir !== undefined) await removeData(ctx, own.dataDir, own.walDir)
    await removeFilesOfNode(ctx)
  },
}
