import { paths } from '../../cluster/paths.ts'
import { ensureDir, ensureFile } from '../../ops/ensure-file.ts'
import { renderEtcd } from '../../render/etcd.ts'
import { toYaml } from '../../render/yaml.ts'
import type { Phase } from '../phase.ts'

/** The first member of a stacked etcd. */
export const etcdLocal: Phase = {
  id: 'etcd/local',
  title: 'Write the static pod of etcd',
  skip: cluster => (cluster.config.etcd.external === undefined ? undefined : 'etcd is external'),
  async run({ cluster, node, host }) {
    const dataDir = cluster.config.etcd.local?.dataDir ?? '/var/lib/etcd'
    await Promise.all([ensureDir(host, dataDir, 0o700), ensureDir(host, paths.manifestsDir, 0o700)])
    await ensureFile(host, { path: paths.manifest('etcd'), content: toYaml(renderEtcd(cluster, node)), mode: 0o600 })
  },
}
