import { kubeconfigFiles } from '../../cluster/node-files.ts'
import { paths } from '../../cluster/paths.ts'
import type { ResetRequest } from '../../cluster/request.ts'
import { copyAside } from '../../ops/copy-aside.ts'
import type { Phase } from '../phase.ts'

/**
 * kadm's own phase: copies keys, kubeconfigs and manifests before anything is destroyed. The etcd data are copied after
 * etcd has stopped.
 */
export const backup: Phase<ResetRequest> = {
  id: 'backup',
  title: 'Back up keys, kubeconfigs and manifests',
  about:
    'Copies keys, kubeconfigs and manifests into the directory of `--backup`, for root alone; only with that flag.',
  kubeadm: 'none',
  flags: ['backup', 'cert-dir'],
  needs: [],
  skip: ({ request }) => (request.backupDir === undefined ? '--backup is not set' : undefined),
  async run(ctx) {
    const { cluster, request, session } = ctx
    const { backupDir: dir } = request
    if (dir === undefined) return
    const wanted = [cluster.config.certificatesDir, paths.manifestsDir, ...kubeconfigFiles]
    const copied = await copyAside(ctx.host, `${dir}/${session.run}`, wanted)
    if (copied.length > 0) ctx.report({ kind: 'result', key: 'backup', value: `${dir}/${session.run}` })
  },
}
