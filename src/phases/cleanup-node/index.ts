import { readOwnEtcd } from '../../observe/own-etcd.ts'
import { ensureStopped } from '../../ops/service.ts'
import type { Phase } from '../phase.ts'
import { removeData } from './data.ts'
import { removeFilesOfNode } from './files.ts'
import { cleanKubeletDir } from './kubelet-dir.ts'
import { removePods } from './pods.ts'

/** Stops what runs of Kubernetes and removes what init and join have put there. What tells whose it was goes last. */
export const cleanupNode: Phase = {
  id: 'cleanup-node',
  title: 'Stop the kubelet and its pods; remove their files',
  async run(ctx) {
    const own = await readOwnEtcd(ctx.host, ctx.cluster, ctx.node)
    if (!(await ensureStopped(ctx.host, 'kubelet'))) {
      ctx.report({ kind: 'warning', text: 'systemd knows no kubelet: see that none runs' })
    }
    await removePods(ctx)
    await cleanKubeletDir(ctx)
    if (own?.dataDir !== undefined) await removeData(ctx, own.dataDir)
    await removeFilesOfNode(ctx)
  },
}
