import { requireQuorum } from '../../ops/etcd-quorum.ts'
import type { Phase } from '../phase.ts'

/** Nothing is begun with an etcd that is not healthy. */
export const checkEtcd: Phase = {
  id: 'check-etcd',
  title: 'Check that etcd is healthy',
  role: 'control-plane',
  skip: ({ config }) => (config.etcd.external === undefined ? undefined : 'etcd is external'),
  async run({ cluster, etcd, until }) {
    const probe = async () => requireQuorum(await etcd())
    await until('a healthy etcd', probe, { timeoutMs: cluster.run.timeouts.etcdAPICall, assume: [] })
  },
}
