import { controlPlanesOf } from '../../cluster/cluster.ts'
import type { EtcdMemberState } from '../../cluster/state.ts'
import { requireQuorum } from '../../ops/etcd-quorum.ts'
import type { Phase } from '../phase.ts'
import { withGrace } from './grace.ts'

/**
 * Checks etcd before a join. A quorum is not enough: etcd adds no member while a voter is down, and every other join
 * would wait for this one. Members of this run are not checked.
 */
export const checkEtcd: Phase = {
  id: 'check-etcd',
  title: 'Check that etcd is healthy',
  about: 'Waits for a healthy etcd in which all voting members answer; skipped with an external etcd.',
  flags: ['control-plane'],
  role: 'control-plane',
  skip: ({ cluster: { config } }) => (config.etcd.external === undefined ? undefined : 'etcd is external'),
  async run({ cluster, request, etcd, until }) {
    const requireVoters = withGrace(controlPlanesOf(cluster))
    const probe = async (): Promise<readonly EtcdMemberState[]> => {
      const all = await requireQuorum(await etcd())
      requireVoters(all)
      return all
    }
    await until('a healthy etcd', probe, {
      timeoutMs: request.timeouts.etcdAPICall,
      field: 'etcdAPICall',
      assume: [],
    })
  },
}
