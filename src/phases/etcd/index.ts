import { ensureDir } from '../../ops/ensure-file.ts'
import { ensureStaticPod } from '../../ops/ensure-static-pod.ts'
import { renderEtcd } from '../../render/etcd.ts'
import type { Phase } from '../phase.ts'

/** The first member of a stacked etcd. */
export const etcdLocal: Phase = {
  id: 'etcd/local',
  title: 'Write the static pod of etcd',
  about: 'Writes the static pod of etcd; skipped with an external etcd.',
  role: 'control-plane',
  flags: ['cert-dir', 'image-repository', 'patches'],
  skip: ({ cluster }) => (cluster.config.etcd.external === undefined ? undefined : 'etcd is external'),
  async run({ cluster, node, host }) {
    const dataDir = cluster.config.etcd.local?.dataDir ?? '/var/lib/etcd'
    await ensureDir(host, dataDir, 0o700)
    await ensureStaticPod(host, 'etcd', renderEtcd(cluster, node))
  },
}
