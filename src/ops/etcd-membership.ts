import type { Kube } from '../clients/kube/kube.ts'
import type { Cluster, Node } from '../cluster/cluster.ts'
import { type LeaseAccess, type StillHeld, withLease } from './with-lease.ts'

/** How long others wait for a machine that died while it changed the membership. */
const leaseMs = 30_000

/** What of a phase's context is needed to change the members of etcd. */
export interface MembershipAccess extends Omit<LeaseAccess, 'kube'> {
  readonly cluster: Cluster
  readonly node: Pick<Node, 'name'>
  readonly session: { readonly run: string }
  readonly kube: (as: 'admin', at: 'cluster') => Promise<Kube>
}

/** Changes the members of etcd while nobody else does, whoever started it and from wherever. */
export function changingMembership<T>(ctx: MembershipAccess, act: (stillHeld: StillHeld) => Promise<T>): Promise<T> {
  const { cluster, node, session, until, report } = ctx
  const spec = {
    name: 'kadm-etcd-membership',
    holder: `${session.run}/${node.name}`,
    durationMs: leaseMs,
    timeoutMs: 5 * cluster.run.timeouts.etcdAPICall,
  }
  return withLease({ until, report, kube: () => ctx.kube('admin', 'cluster') }, spec, act)
}
